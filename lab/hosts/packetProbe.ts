import { attempt, type Executed } from "./execute.ts";
import type { LabHost } from "./host.ts";

/** What became of a packet: `refused` reached the other side, `dropped` was never heard of again. */
export type Fate = "passes" | "refused" | "dropped" | "nobody there";

/** Where a probe starts: the words that run a command there. */
export type Inside = (command: string, args: readonly string[]) => readonly [string, ...string[]];

/** Counted by the programs themselves once they run: on a busy machine it may take long until they do. */
const PATIENCE_SECONDS = "2";

/** A new TCP connection; whether anything comes of it is not asked. */
export async function tcpFate(from: Inside, address: string, port: number): Promise<Fate> {
  const { code, stdout } = await curl(from, [
    "-o",
    "/dev/null",
    "-w",
    "%{time_connect}",
    "--max-time",
    "3",
    `${address}:${port}`,
  ]);
  if (Number(stdout) > 0) return "passes";
  return code === CURL_REFUSED ? "refused" : "dropped";
}

/** A whole page over HTTP; the large one needs the MTU to be right. */
export async function httpFate(from: Inside, address: string, page: "small" | "large"): Promise<Fate> {
  const { code, stdout } = await curl(from, ["-f", "--max-time", "8", `http://${address}:8080/${page}`]);
  return code === 0 && (page === "small" || stdout.length === 65_536) ? "passes" : "dropped";
}

/** https://everything.curl.dev/cmdline/exitcode.html */
const CURL_REFUSED = 7;

function curl(from: Inside, args: readonly string[]): Promise<Executed> {
  return run(from, ["curl", "-s", "--http0.9", "--connect-timeout", PATIENCE_SECONDS, ...args]);
}

/** A question to a name server, by UDP. */
export async function dnsFate(from: Inside, address: string): Promise<Fate> {
  const limits = [`-timeout=${PATIENCE_SECONDS}`, "-retry=2"];
  const { stdout } = await run(from, ["busybox", "nslookup", "-type=a", ...limits, "probe.lab", address]);
  return /Address(?: 1)?: 10\.42\./.test(stdout.split("probe.lab").at(-1) ?? "") ? "passes" : "dropped";
}

/** So many that what else may pass in between is not taken for them. */
const BURST = 50;

/**
 * VXLAN packets to a host's 8472: through when its `flannel.1` has counted them. Inside is a frame of an
 * experimental protocol, with which nobody does anything.
 */
export async function vxlanFate(from: Inside, address: string, to: LabHost): Promise<Fate> {
  const counter = "/sys/class/net/flannel.1";
  const read = () => to.attempt("cat", [`${counter}/address`, `${counter}/statistics/rx_packets`]);
  const before = await read();
  if (before.code !== 0) return "nobody there";
  const [mac = "", count] = before.stdout.split("\n");
  const isThrough = (now: string) => Number(now.split("\n")[1]) - Number(count) >= BURST;
  const frame = `0800000000000100${mac.replaceAll(":", "")}02000000000188b5${"00".repeat(46)}`;
  const bytes = frame.replace(/../g, "\\x$&");
  await run(from, [
    "bash",
    "-c",
    `for i in $(seq ${BURST}); do printf '${bytes}'; done >/dev/udp/${address}/8472`,
  ]);
  for (let tries = 0; tries < 20; tries++) {
    if (isThrough((await read()).stdout)) return "passes";
  }
  return "dropped";
}

function run(from: Inside, words: readonly [string, ...string[]]): Promise<Executed> {
  const [command, ...args] = from(words[0], words.slice(1));
  return attempt(command, args);
}
