import { connect, createServer, type Server, type Socket } from "node:net";

/** A listener whose connections go on to a Unix socket, byte by byte; closed with all of them. */
export async function forward(address: string, port: number, path: string): Promise<() => void> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const inner = connect(path);
    for (const [from, to] of [
      [client, inner],
      [inner, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on("error", () => undefined);
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  await listening(server, address, port);
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
}

/** The kubelet's port: somebody is there, and says nothing. */
export async function listenForKubelet(address: string): Promise<void> {
  await listening(
    createServer((socket) => socket.on("error", () => undefined).end()),
    address,
    10250,
  );
}

function listening(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, address, resolve);
  });
}
