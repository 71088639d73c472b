import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiAccess, ask } from "./api.ts";
import { fatal, log } from "./fatal.ts";
import { nodeAddress } from "./interfaces.ts";
import { listenForKubelet } from "./listen.ts";
import { register, syncOverlay } from "./node.ts";
import { startPod, untilPodAnswers } from "./pods.ts";
import { hasServices, syncServices, writeFlannel } from "./rules.ts";
import { readSettings, type Settings } from "./settings.ts";
import { hashOf, type JoinToken, joinToken } from "./token.ts";

const RETRY_MS = 1_000;

/** Joins and stays; as long as it cannot, it says why and tries again, as k3s does. */
export async function joinAsAgent(args: readonly string[], version: string): Promise<void> {
  const settings = readSettings("agent", args);
  const url = settings.first("server");
  if (url === undefined) fatal("--server is required");
  if (!/^https:\/\/[^/:]+:\d+\/?$/.test(url)) fatal(`invalid server URL ${url}: only https is supported`);
  const token = joinToken(settings);
  process.once("SIGTERM", () => process.exit(0));
  const first = url.replace(/^https:\/\/|\/$/g, "");
  const access = await untilDone(() => join(first, token, version, settings));
  const subnet = await untilDone(() => syncOverlay(access, settings));
  await listenForKubelet(settings.first("bind-address") ?? "0.0.0.0");
  writeFlannel();
  const server = access.address.split(":")[0] ?? "";
  syncServices(server);
  // The last: where its link is, the rules are.
  startPod(subnet);
  await untilPodAnswers();
  log("info", `k3s agent is up and running: ${nodeAddress(settings).address}`);
  for (let round = 0; ; round++) {
    await sleep(RETRY_MS);
    await syncOverlay(access, settings).catch((error: Error) => log("error", error.message));
    if (round % 10 === 0 && !hasServices()) syncServices(server);
  }
}

/** First contact by the address given, everything after by the one the server advertises. */
async function join(
  first: string,
  token: JoinToken,
  version: string,
  settings: Settings,
): Promise<ApiAccess> {
  const { body: ca } = await ask({ address: first }, "GET", "/cacerts").catch((error: Error) => {
    throw new Error(`failed to get CA certs: ${error.message}`);
  });
  if (token.caHash !== null && token.caHash !== hashOf(ca)) {
    throw new Error(
      `failed to validate token: token CA hash does not match the Cluster CA certificate hash: ${token.caHash} != ${hashOf(ca)}`,
    );
  }
  const known = await accepted({ address: first, ca }, token);
  const asked = await ask({ address: first, ca, token: known }, "GET", "/v1-k3s/apiservers");
  if (asked.status === 401)
    throw new Error(
      `failed to retrieve configuration from server: https://${first}/v1-k3s/config: 401 Unauthorized`,
    );
  if (asked.status !== 200) throw new Error(`failed to retrieve the servers: ${asked.status} ${asked.body}`);
  const [advertised] = JSON.parse(asked.body) as readonly string[];
  if (advertised === undefined) throw new Error("the server advertises no address");
  if (advertised !== first)
    log("info", `Adding server to load balancer: ${advertised}. Removing server: ${first}`);
  const access = { address: advertised, ca };
  const own = await register({ ...access, token: known }, "agent", version, settings);
  mkdirSync(dirname(OWN), { recursive: true });
  writeFileSync(OWN, own, { mode: 0o600 });
  return { ...access, token: own };
}

/** In the place of the kubelet's client certificate: who has joined needs the token no more. */
const OWN = "/var/lib/rancher/k3s/agent/client-kubelet.token";

/** What the server will take: what this node got when it joined, while the server knows it, else the token. */
async function accepted(access: ApiAccess, { credentials }: JoinToken): Promise<string> {
  const own = existsSync(OWN) ? readFileSync(OWN, "utf8") : "";
  if (own === "") return credentials;
  const { status } = await ask({ ...access, token: own }, "GET", "/v1-k3s/apiservers");
  return status === 200 ? own : credentials;
}

async function untilDone<T>(task: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await task();
    } catch (error) {
      log("error", (error as Error).message);
      await sleep(RETRY_MS);
    }
  }
}
