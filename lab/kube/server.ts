import { rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { KubeHandles, KubeOptions } from "./lab.ts";
import { startKube } from "./start.ts";

/**
 * `node lab/kube/server.ts '{"folder": "/tmp/k", "address": "10.116.0.2", "port": 6443}'`: the stand-in as a
 * process of its own, for a network namespace. Its handles are called over the socket `lab.sock` in the folder,
 * which works from any namespace; `startKubeProcess` does it.
 */
const options = JSON.parse(process.argv[2] ?? "{}") as KubeOptions & { readonly folder: string };
const kube = await startKube(options);
const socket = join(options.folder, "lab.sock");
rmSync(socket, { force: true });

const admin = createServer((request, response) => {
  void called(request).then(
    (result) => response.end(JSON.stringify({ result })),
    (error: unknown) => response.writeHead(500).end(JSON.stringify({ error: String(error) })),
  );
});

/** `POST /registerNode` with the arguments as a JSON array. */
async function called(request: IncomingMessage): Promise<unknown> {
  const name = (request.url ?? "").slice(1) as keyof KubeHandles | "describe";
  const args = (await json(request)) as readonly unknown[];
  if (name === "describe") {
    const { origin, port, token, caFile, kubeconfig } = kube;
    return { origin, port, token, caFile, kubeconfig };
  }
  const handle = kube[name] as (...args: readonly unknown[]) => Promise<unknown>;
  return await handle(...args);
}

admin.listen(socket, () => process.stdout.write("ready\n"));

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    admin.close();
    admin.closeAllConnections();
    void kube[Symbol.asyncDispose]().then(() => process.exit(0));
  });
}
