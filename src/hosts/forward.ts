import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { endChild, spawnSsh } from "./childRun.ts";

/** A port of this machine that leads to a server as a host reaches it. */
export interface Forward extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/**
 * Each connection is one `ssh -W` over the shared connection, started when somebody connects: there is no port to
 * be lost between choosing and taking it, and a session that was cut is opened again by the next connection.
 */
export async function openForward(argumentsNow: () => Promise<readonly string[]>): Promise<Forward> {
  const open = new Set<() => void>();
  const server = createServer((socket) => void carry(socket, argumentsNow, open));
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  return {
    host: LOOPBACK,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const end of open) end();
      await closed;
    },
  };
}

const LOOPBACK = "127.0.0.1";

/** What ends on one side ends on the other. */
async function carry(
  socket: Socket,
  argumentsNow: () => Promise<readonly string[]>,
  open: Set<() => void>,
): Promise<void> {
  const drop = () => socket.destroy();
  socket.on("error", () => undefined);
  open.add(drop);
  socket.once("close", () => open.delete(drop));
  const words = await argumentsNow().catch(() => null);
  if (words === null || socket.destroyed) {
    drop();
    return;
  }
  const child = spawnSsh(words);
  child.once("error", drop);
  child.once("close", drop);
  child.stdin?.on("error", () => undefined);
  socket.once("close", () => endChild(child, "SIGTERM"));
  if (child.stdin !== null) socket.pipe(child.stdin);
  child.stdout?.pipe(socket);
  child.stderr?.resume();
}
