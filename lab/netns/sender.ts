import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { createInterface } from "node:readline";

/**
 * Sends single packets from the namespace it runs in. One JSON line in, one line `done` out
 * when all of its packets are on the wire. What comes of them is for the kernel's counters to tell.
 */
export interface Order {
  readonly packets: readonly OrderedPacket[];
}

export interface OrderedPacket {
  readonly protocol: "tcp" | "udp";
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { packets } = JSON.parse(line) as Order;
  await Promise.all(
    packets.map((packet) => (packet.protocol === "udp" ? sendDatagram(packet) : sendSyn(packet))),
  );
  process.stdout.write("done\n");
}

function sendDatagram({ source, sourcePort, destination, destinationPort }: OrderedPacket): Promise<void> {
  const socket = createSocket({ type: source.includes(":") ? "udp6" : "udp4", reuseAddr: true });
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.bind(sourcePort, source, () => {
      socket.send("x", destinationPort, destination, () => {
        socket.close();
        resolve();
      });
    });
  });
}

/** The first packet of a connection is all that is wanted of it. */
function sendSyn({ source, sourcePort, destination, destinationPort }: OrderedPacket): Promise<void> {
  const socket = connect({
    host: destination,
    port: destinationPort,
    localAddress: source,
    localPort: sourcePort,
  });
  socket.on("error", () => undefined);
  return new Promise((resolve) => {
    setImmediate(() => {
      socket.destroy();
      resolve();
    });
  });
}
