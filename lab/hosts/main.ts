import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAlive } from "../abandoned.ts";
import { waitFor } from "../waitFor.ts";
import { type ClusterLab, startCluster } from "./cluster.ts";
import { sweep } from "./owner.ts";

/**
 * `npm run lab -- up|down|status`: the laboratory for people. It lives in a process of its own, whose number
 * and words are in a file of the temporary folder; `keep` is that process.
 */
const STATE = join(tmpdir(), "outgrow-lab.json");
const LOG = join(tmpdir(), "outgrow-lab.log");

interface State {
  readonly pid: number;
  readonly text: string;
}

const commands = { up, down, status, keep } as const;
const [verb = ""] = process.argv.slice(2);
if (Object.hasOwn(commands, verb)) await commands[verb as keyof typeof commands]();
else {
  process.stderr.write("Usage: npm run lab -- up|down|status\n");
  process.exitCode = 2;
}

async function up(): Promise<void> {
  if (isRunning()) return status();
  rmSync(STATE, { force: true });
  const log = openSync(LOG, "w");
  const keeper = spawn(process.execPath, [fileURLToPath(import.meta.url), "keep"], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  keeper.unref();
  const hasEnded = () => keeper.exitCode !== null || keeper.signalCode !== null;
  await waitFor("the laboratory", () => hasEnded() || existsSync(STATE) || undefined, 60_000);
  if (hasEnded()) throw new Error(`The laboratory did not start.\n${readFileSync(LOG, "utf8")}`);
  await status();
}

async function down(): Promise<void> {
  const state = readState();
  if (state !== null && isAlive(state.pid)) {
    process.kill(state.pid, "SIGTERM");
    await waitFor("the laboratory to end", () => !isAlive(state.pid) || undefined, 30_000);
  }
  await sweep();
  rmSync(STATE, { force: true });
  rmSync(LOG, { force: true });
  process.stdout.write("The laboratory is gone.\n");
}

async function status(): Promise<void> {
  const text = isRunning() ? readState()?.text : undefined;
  process.stdout.write(text ?? "There is no laboratory. Start one: npm run lab -- up\n");
}

async function keep(): Promise<void> {
  const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  await using lab = await startCluster();
  writeFileSync(STATE, JSON.stringify({ pid: process.pid, text: hint(lab) } satisfies State));
  await ended;
  rmSync(STATE, { force: true });
}

function hint({ prod, worker, sshConfigFile, kubeconfig, version, outside }: ClusterLab): string {
  const login = (name: string) => `ssh -F ${sshConfigFile} ${name}`;
  return `Two hosts and an internet, on this machine:

  ${prod.name}       k3s ${version}, Glaze's firewall   ${prod.publicAddress}, private ${prod.privateAddress}
  ${worker.name}   a fresh Debian                         ${worker.publicAddress}, private ${worker.privateAddress}

  ${login(prod.name)}
  ${login(worker.name)}
  export KUBECONFIG=${kubeconfig}
  ${outside("curl", ["-s", `http://${prod.publicAddress}/small`]).join(" ")}

npm run lab -- down   takes it away.
`;
}

function readState(): State | null {
  return existsSync(STATE) ? (JSON.parse(readFileSync(STATE, "utf8")) as State) : null;
}

function isRunning(): boolean {
  const state = readState();
  return state !== null && isAlive(state.pid);
}
