import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startCluster } from "../../lab/hosts/cluster.ts";
import { tempFolder } from "../../lab/temp.ts";
import { ask } from "../../src/kube/ask.ts";
import { connectKube } from "../../src/kube/connect.ts";
import { commandLineFor } from "./commandLine.ts";

const SECRET = "s3cr3t-Zx9Qq";
const ENCODED = Buffer.from(SECRET).toString("base64").replace(/=+$/, "").slice(0, -1);

const OBJECTS: readonly (readonly [path: string, body: object])[] = [
  [
    "/api/v1/namespaces/default/secrets",
    {
      metadata: { name: "glaze-env" },
      stringData: { DATABASE_URL: `postgres://glaze:${SECRET}@db:5432/glaze` },
    },
  ],
  [
    "/api/v1/namespaces/default/configmaps",
    {
      metadata: { name: "glaze" },
      data: { BROKER: `redis://:${SECRET}@redis:6379/0`, "app.ini": `password = ${SECRET}\n` },
    },
  ],
  ["/apis/apps/v1/namespaces/default/deployments", { metadata: { name: "glaze-web" }, spec: deployment() }],
];

function deployment(): object {
  const labels = { app: "glaze-web" };
  const containers = [
    {
      name: "web",
      image: "glaze:1",
      args: ["--api-token", SECRET],
      env: [{ name: "DJANGO_SECRET_KEY", value: SECRET }],
    },
  ];
  return { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } };
}

/** On the host: where k3s, systemd and a registry keep theirs. */
const HOST_FILES: Readonly<Record<string, string>> = {
  "/etc/rancher/k3s/config.yaml.d/90-token.yaml": `token: ${SECRET}\n`,
  "/etc/rancher/k3s/registries.yaml": `configs:\n  ghcr.io:\n    auth: { username: glaze, password: ${SECRET} }\n`,
  "/etc/systemd/system/k3s.service.env": `K3S_TOKEN=${SECRET}\n`,
};

const CHECKOUT: Readonly<Record<string, string>> = {
  "chart/glaze/values-prod.yaml": `postgres:\n  password: ${SECRET}\n`,
  "scripts/dump.sh": `PGPASSWORD=${SECRET} pg_dump glaze\n`,
  ".github/workflows/extra.yml": `env:\n  INFISICAL_TOKEN: ${SECRET}\non: push\njobs: {}\n`,
};

test("one secret in cluster, host, repository and environment: facts and audit say it nowhere", async () => {
  await using lab = await startCluster({ prodFiles: HOST_FILES });
  using folder = tempFolder("secrets");
  const repository = join(folder.path, "checkout");
  cpSync("examples/glaze", repository, { recursive: true });
  for (const [path, text] of Object.entries(CHECKOUT)) {
    mkdirSync(join(repository, path, ".."), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  await plantObjects(lab.kubeconfig);
  const file = join(folder.path, "facts.json");
  const outgrow = commandLineFor(lab, folder.path, {
    repository: { path: repository, chart: "chart/glaze" },
  });

  const said = [
    await outgrow.run("facts", "--out", file),
    await outgrow.run("audit", "--facts", file, "--json"),
    await outgrow.run("audit", "--facts", file),
  ];
  assert.deepEqual(
    said.map(({ code }) => code),
    [0, 0, 0],
    said.map(({ stderr }) => stderr).join(""),
  );
  const facts = readFileSync(file, "utf8");
  // It looked at every place: the names are there, the values are not.
  for (const name of [
    "glaze-env",
    "DJANGO_SECRET_KEY",
    "90-token.yaml",
    "registries.yaml",
    "values-prod.yaml",
    "dump.sh",
  ]) {
    assert.ok(facts.includes(name), `the facts do not speak of ${name}`);
  }
  for (const text of [facts, ...said.flatMap(({ stdout, stderr }) => [stdout, stderr])]) {
    assert.ok(!text.includes(SECRET) && !text.includes(ENCODED), around(text));
  }
});

async function plantObjects(file: string): Promise<void> {
  const limits = { timeoutMs: 10_000, limitBytes: 1024 * 1024 };
  await using api = connectKube({ file, context: null, home: "/", ...limits });
  for (const [path, body] of OBJECTS) await ask(api, { method: "POST", path, body });
}

function around(text: string): string {
  const at = Math.max(text.indexOf(SECRET), text.indexOf(ENCODED));
  return `said here: ${text.slice(Math.max(0, at - 200), at + 40)}`;
}
