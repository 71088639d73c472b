import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What a bad network does to one connection. `pass`: nothing. `refuse`: it breaks at once. `hold`: it is
 * accepted and nothing ever comes. `cut`: it breaks after so many bytes from the server. `stall`: from then
 * on nothing passes any more, and nothing is closed. `halfClose`: the server's end closes, the client's
 * words still arrive. `slow`: so many bytes a second each way.
 */
export type NetworkFault =
  | { readonly kind: "pass" | "refuse" | "hold" }
  | { readonly kind: "cut" | "stall" | "halfClose"; readonly afterBytes: number }
  | { readonly kind: "slow"; readonly bytesPerSecond: number };

/** A TCP proxy on a free loopback port that behaves until it is told otherwise; closed with all its connections. */
export interface FaultyProxy extends AsyncDisposable {
  readonly port: number;
  /** For connections from now on; `count` of them, then it behaves again. */
  plan(fault: NetworkFault, count?: number): void;
  /** Forgets what was planned. */
  heal(): void;
  /** Breaks every open connection. */
  cutAll(): void;
  /** From now on nothing passes on the open connections; they stay open, or break after so long as a kernel breaks a dead one. */
  stallAll(breaksAfterMs?: number): void;
  /** Breaks every open connection at one end; the other, the believer's, hears nothing of it, nor anything else. */
  halfOpenAll(believer: ProxyEnd): void;
  /** As `halfClose`, what is open now. */
  halfCloseAll(): void;
  /** Open connections. */
  count(): number;
}

type ProxyEnd = "client" | "server";

interface Pair extends Readonly<Record<ProxyEnd, Socket>> {
  /** Whose end stays open though the other one is not. */
  believer?: ProxyEnd;
}

/** Where it leads to: a port of this machine, or a Unix socket. */
export type ProxyTarget = { readonly port: number; readonly host?: string } | { readonly path: string };

export async function startFaultyProxy(target: ProxyTarget): Promise<FaultyProxy> {
  const pairs = new Set<Pair>();
  const planned: { readonly fault: NetworkFault; left: number }[] = [];
  const listener = createServer((client) => {
    const next = planned[0];
    if (next !== undefined && --next.left <= 0) planned.shift();
    const pair: Pair = { client, server: connect(target) };
    pairs.add(pair);
    for (const end of ENDS) {
      pair[end].on("error", () => undefined);
      pair[end].on("close", () => {
        if (pair.believer !== undefined && pair.believer !== end) return;
        breakPair(pair);
        pairs.delete(pair);
      });
    }
    join(pair, next?.fault ?? { kind: "pass" });
  });
  await once(listener.listen(0, "127.0.0.1"), "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    plan: (fault, count = Number.POSITIVE_INFINITY) => {
      planned.push({ fault, left: count });
    },
    heal: () => void planned.splice(0),
    cutAll: () => {
      for (const pair of pairs) breakPair(pair);
    },
    stallAll: (breaksAfterMs) => {
      for (const pair of pairs) {
        stallPair(pair);
        if (breaksAfterMs !== undefined) setTimeout(() => breakPair(pair), breaksAfterMs).unref();
      }
    },
    halfOpenAll: (believer) => {
      for (const pair of pairs) {
        if (pair.believer !== undefined) continue;
        pair.believer = believer;
        stallPair(pair);
        pair[believer === "client" ? "server" : "client"].destroy();
      }
    },
    halfCloseAll: () => {
      for (const pair of pairs) halfClosePair(pair);
    },
    count: () => pairs.size,
    async [Symbol.asyncDispose]() {
      for (const pair of pairs) breakPair(pair);
      listener.close();
      await once(listener, "close");
    },
  };
}

const ENDS = ["client", "server"] as const;

function join(pair: Pair, fault: NetworkFault): void {
  switch (fault.kind) {
    case "pass":
      pair.client.pipe(pair.server);
      pair.server.pipe(pair.client);
      break;
    case "refuse":
      breakPair(pair);
      break;
    case "hold":
      stallPair(pair);
      break;
    case "slow":
      for (const [from, to] of [
        [pair.client, pair.server],
        [pair.server, pair.client],
      ] as const) {
        trickle(from, to, fault.bytesPerSecond).catch(() => breakPair(pair));
      }
      break;
    default:
      pair.client.pipe(pair.server);
      limit(pair, fault.afterBytes, endings[fault.kind]);
  }
}

const endings = {
  cut: breakPair,
  stall: stallPair,
  halfClose: halfClosePair,
} as const;

/** Exactly so many bytes of the server's reach the client, then it comes to its end. */
function limit(pair: Pair, afterBytes: number, finish: (pair: Pair) => void): void {
  let left = afterBytes;
  if (left === 0) finish(pair);
  pair.server.on("data", (chunk: Buffer) => {
    if (left === 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    pair.client.write(part, () => {
      if (left === 0) finish(pair);
    });
  });
}

async function trickle(from: Socket, to: Socket, bytesPerSecond: number): Promise<void> {
  const size = Math.max(1, Math.ceil(bytesPerSecond / 20));
  for await (const chunk of from.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    for (let at = 0; at < bytes.length && !to.destroyed; at += size) {
      to.write(bytes.subarray(at, at + size));
      await sleep((1_000 * Math.min(size, bytes.length - at)) / bytesPerSecond);
    }
  }
  to.end();
}

/**
 * With a reset, as when a machine on the way forgets the connection; not while it is being shut down: libuv
 * refuses that, and Node would then wait for the socket for ever at its own end.
 */
function breakPair({ client, server }: Pair): void {
  if (client.writableEnded) client.destroy();
  else client.resetAndDestroy();
  server.destroy();
}

/** What the server says from now on goes nowhere. */
function halfClosePair({ client, server }: Pair): void {
  server.unpipe(client);
  client.end();
  server.resume();
}

function stallPair({ client, server }: Pair): void {
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.unpipe(to);
    from.removeAllListeners("data");
    from.pause();
  }
}
