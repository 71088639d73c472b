import type { LabHost } from "./host.ts";
import { dnsFate, type Fate, httpFate, type Inside, tcpFate, vxlanFate } from "./packetProbe.ts";
import type { HostsLab } from "./start.ts";

/** One way through the network, and what became of a real packet on it. */
export interface MatrixRow {
  readonly from: string;
  readonly to: string;
  readonly what: string;
  readonly fate: Fate;
}

type Places = Pick<HostsLab, "prod" | "worker" | "outside">;
type Probe = Omit<MatrixRow, "fate"> & { readonly ask: () => Promise<Fate> };

/** Sends real packets everywhere it matters: between pods and hosts in both directions, and from outside. */
export async function packetMatrix({ prod, worker, outside }: Places): Promise<readonly MatrixRow[]> {
  const pairs = [
    [prod, worker],
    [worker, prod],
  ] as const;
  // The counters of one host tell one packet from another only when they come one after the other.
  const rows: MatrixRow[] = [];
  for (const probe of pairs.flatMap(([from, to]) => vxlanProbes(from, to, outside)))
    rows.push(await done(probe));
  const others = [
    ...pairs.flatMap(([from, to]) => [...podProbes(from, to), ...hostProbes(from, to)]),
    ...[prod, worker].flatMap((host) => outsideProbes(outside, host)),
  ];
  rows.push(...(await Promise.all(others.map(done))));
  return rows.sort((a, b) => order(a) - order(b));
}

const OUTSIDE = "outside";

function order({ from }: MatrixRow): number {
  return from === OUTSIDE ? 2 : from.startsWith("pod") ? 0 : 1;
}

async function done({ ask, ...row }: Probe): Promise<MatrixRow> {
  return { ...row, fate: await ask() };
}

/** Pods are known by their node: the tenth address of its network. */
function podProbes(from: LabHost, to: LabHost): readonly Probe[] {
  const start = podOf(from);
  const way = { from: `pod on ${from.name}`, to: `pod on ${to.name}` };
  const ask = (probe: (address: string) => Promise<Fate>) => async () => {
    const address = await podAddress(to);
    return address === null || (await podAddress(from)) === null ? "nobody there" : probe(address);
  };
  return [
    { ...way, what: "TCP, a small page", ask: ask((address) => httpFate(start, address, "small")) },
    { ...way, what: "TCP, 64 KiB", ask: ask((address) => httpFate(start, address, "large")) },
    { ...way, what: "UDP, a name", ask: ask((address) => dnsFate(start, address)) },
  ];
}

function hostProbes(from: LabHost, to: LabHost): readonly Probe[] {
  const way = { from: from.name, to: to.name };
  const port = (port: number, what: string): Probe => ({
    ...way,
    what,
    ask: () => tcpFate(from.inside, to.privateAddress, port),
  });
  return [port(6443, "6443/tcp, API"), port(10250, "10250/tcp, kubelet")];
}

function vxlanProbes(from: LabHost, to: LabHost, outside: Inside): readonly Probe[] {
  const what = "8472/udp, VXLAN";
  return [
    { from: from.name, to: to.name, what, ask: () => vxlanFate(from.inside, to.privateAddress, to) },
    { from: OUTSIDE, to: to.name, what, ask: () => vxlanFate(outside, to.publicAddress, to) },
  ];
}

const PORTS = { 22: "ssh", 80: "http", 443: "https", 6443: "API", 10250: "kubelet" } as const;

function outsideProbes(outside: Inside, host: LabHost): readonly Probe[] {
  return Object.entries(PORTS).map(([port, name]) => ({
    from: OUTSIDE,
    to: host.name,
    what: `${port}/tcp, ${name}`,
    ask: () => tcpFate(outside, host.publicAddress, Number(port)),
  }));
}

function podOf(host: LabHost): Inside {
  return (command, args) => host.inside("ip", ["netns", "exec", "cni-lab", command, ...args]);
}

async function podAddress(host: LabHost): Promise<string | null> {
  const { stdout } = await host.attempt("ip", ["-4", "-brief", "address", "show", "dev", "cni0"]);
  const network = /10\.42\.\d+\./.exec(stdout)?.[0];
  return network === undefined ? null : `${network}10`;
}

/** The rows as people read them; with a second matrix, what has changed. */
export function matrixText(before: readonly MatrixRow[], after?: readonly MatrixRow[]): string {
  const head = { from: "from", to: "to", what: "what", before: after ? "before" : "fate", after: "after" };
  const rows = before.map((row, index) => ({ ...row, before: row.fate, after: after?.[index]?.fate ?? "" }));
  const all = [head, ...rows];
  const columns = (["from", "to", "what", "before", ...(after ? (["after"] as const) : [])] as const).map(
    (key) => ({ key, width: Math.max(...all.map((row) => row[key].length)) }),
  );
  const line = (row: (typeof all)[number]) =>
    columns
      .map(({ key, width }) => row[key].padEnd(width))
      .join("   ")
      .trimEnd();
  return `${all.map(line).join("\n")}\n`;
}
