import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startProcess } from "../process.ts";
import { tempFolder } from "../temp.ts";
import type { KubeHandles, KubeLab, KubeOptions } from "./lab.ts";

type Words = { readonly command: string; readonly args: readonly string[] };

/**
 * The stand-in as a process of its own. `inside` says how to start a command elsewhere, e.g.
 * `(command, args) => namespace.inside(command, args)` for a network namespace.
 */
export async function startKubeProcess(
  options: KubeOptions = {},
  inside: (command: string, args: readonly string[]) => Words = (command, args) => ({ command, args }),
): Promise<KubeLab> {
  const own = options.folder === undefined ? tempFolder("kube") : undefined;
  const folder = options.folder ?? own?.path ?? "";
  const script = join(import.meta.dirname, "server.ts");
  const words = inside(process.execPath, [script, JSON.stringify({ ...options, folder })]);
  const running = await startProcess({ ...words, ready: (said) => said.includes("ready\n") });
  const call = <T>(name: string, ...args: readonly unknown[]) => ask<T>(join(folder, "lab.sock"), name, args);
  const place = await call<Pick<KubeLab, "origin" | "port" | "token" | "caFile" | "kubeconfig">>("describe");
  return {
    ...place,
    ...handles(call),
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      own?.[Symbol.dispose]();
    },
  };
}

type Call = <T>(name: keyof KubeHandles, ...args: readonly unknown[]) => Promise<T>;

function handles(call: Call): KubeHandles {
  return {
    registerNode: (node) => call("registerNode", node),
    setNodeReady: (name, isReady) => call("setNodeReady", name, isReady),
    failNext: (fault) => call("failNext", fault),
    clearFaults: () => call("clearFaults"),
    deny: (denials) => call("deny", denials),
    setJoinTokens: (tokens) => call("setJoinTokens", tokens),
    stop: () => call("stop"),
    start: () => call("start"),
    snapshot: () => call("snapshot"),
    restore: (snapshot) => call("restore", snapshot),
    compact: () => call("compact"),
  };
}

async function ask<T>(socketPath: string, name: string, args: readonly unknown[]): Promise<T> {
  const said = await new Promise<string>((resolve, reject) => {
    const sent = request({ socketPath, path: `/${name}`, method: "POST" });
    sent.on("response", (response) => void text(response).then(resolve, reject)).on("error", reject);
    sent.end(JSON.stringify(args));
  });
  const answer = JSON.parse(said) as { readonly result: T; readonly error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.result;
}
