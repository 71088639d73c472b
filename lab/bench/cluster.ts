import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeLab } from "../kube/lab.ts";
import { startKubeProcess } from "../kube/process.ts";
import { createReplay } from "../kube/replay.ts";
import { tempFolder } from "../temp.ts";
import { type Command, measure } from "./measure.ts";

/** The bar of the project's own issue for `facts` and `audit` of one host. */
const BAR_MS = 2_000;
const OBJECTS = 500;

/** One host with about 500 objects: facts, then audit of them, as whole processes against the stand-in of the API. */
export async function clusterBench(runs: number, print: (text: string) => void): Promise<void> {
  using folder = tempFolder("bench");
  await using kube = await startKubeProcess();
  await fill(kube);
  const config = join(folder.path, "outgrow.yaml");
  writeFileSync(config, configText(kube));
  const facts = await measure(outgrow("facts", "--config", config), runs);
  const file = join(folder.path, "facts.json");
  writeFileSync(file, facts.stdout);
  const audit = await measure(
    outgrow("audit", "--config", config, "--facts", file, "--format", "json"),
    runs,
  );
  const { objects } = (JSON.parse(facts.stdout) as { cluster: { objects: readonly unknown[] } }).cluster;
  const both = facts.wallMs + audit.wallMs;
  print(`\nFacts and audit, one host, ${objects.length} objects`);
  print(`  outgrow facts   ${facts.wallMs.toFixed(0).padStart(6)} ms  ${facts.peakMib.toFixed(0)} MiB`);
  print(`  outgrow audit   ${audit.wallMs.toFixed(0).padStart(6)} ms  ${audit.peakMib.toFixed(0)} MiB`);
  print(
    `  both            ${both.toFixed(0).padStart(6)} ms  (bar ${BAR_MS}: ${both <= BAR_MS ? "held" : "MISSED"})`,
  );
}

function configText({ kubeconfig }: KubeLab): string {
  const cluster = `cluster: { name: glaze, kubeconfig: ${kubeconfig}, context: lab }`;
  return `version: 1\n${cluster}\nmetrics: { prometheus: { url: "http://127.0.0.1:9" } }\n`;
}

async function fill(kube: KubeLab): Promise<void> {
  await kube.registerNode({ name: "glaze-prod", address: "10.116.0.2", version: "v1.36.2+k3s1" });
  const { send } = createReplay(kube);
  const create = (path: string, body: object) =>
    send({ method: "POST", path, contentType: "application/json", body });
  // Ten objects each: a Deployment and its two pods, a Service and its slice, a Secret, four ConfigMaps.
  const apps = OBJECTS / 10;
  for (let index = 0; index < apps; index++) {
    const name = `app-${index}`;
    const labels = { app: name };
    const container = {
      name: "main",
      image: `${name}:1`,
      env: [{ name: "DATABASE_URL", value: "postgres://u:p@db/x" }],
    };
    await create("/apis/apps/v1/namespaces/default/deployments", {
      metadata: { name },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    });
    await create("/api/v1/namespaces/default/services", {
      metadata: { name },
      spec: { selector: labels, ports: [{ port: 80 }] },
    });
    await create("/api/v1/namespaces/default/secrets", { metadata: { name }, stringData: { PASSWORD: "x" } });
    for (const part of ["a", "b", "c", "d"]) {
      const data = { "app.conf": `key = value\npassword = ${name}\n`.repeat(20) };
      await create("/api/v1/namespaces/default/configmaps", { metadata: { name: `${name}-${part}` }, data });
    }
  }
}

function outgrow(...args: readonly string[]): Command {
  return { command: process.execPath, args: ["bin/outgrow.js", ...args] };
}
