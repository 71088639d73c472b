import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Certified, createAuthority } from "../../lab/certificates.ts";
import { startKube } from "../../lab/kube/start.ts";
import { freePort } from "../../lab/port.ts";
import { startScriptedServer } from "../../lab/scriptedServer.ts";
import { tempFolder } from "../../lab/temp.ts";
import type { KubeApi } from "./api.ts";
import { ask } from "./ask.ts";
import { connectKube } from "./connect.ts";

const authority = createAuthority();
const stranger = createAuthority();
const folder = tempFolder("kubeconfig");
after(() => {
  for (const each of [authority, stranger, folder]) each[Symbol.dispose]();
});

const PATIENCE = { home: "/home/glaze", context: null, timeoutMs: 5_000, limitBytes: 64 * 1024 * 1024 };
const CHECK_SERVER =
  "Check the server in the kubeconfig, and that k3s is running there: systemctl status k3s.";
const HERE = "IP:127.0.0.1";

function connect(file: string, more: object = {}): KubeApi {
  return connectKube({ ...PATIENCE, file, ...more });
}

function kubeconfig(server: string, user: object = { token: "t" }, ca = authority.certFile): string {
  const file = join(folder.path, `${Math.random()}.yaml`);
  writeFileSync(
    file,
    JSON.stringify({
      clusters: [{ name: "glaze", cluster: { server, "certificate-authority": ca } }],
      users: [{ name: "admin", user }],
      contexts: [{ name: "glaze-prod", context: { cluster: "glaze", user: "admin" } }],
      "current-context": "glaze-prod",
    }),
  );
  return file;
}

function written(text: string): string {
  const file = join(folder.path, `${Math.random()}.yaml`);
  writeFileSync(file, text);
  return file;
}

const serve = (answer: RequestListener, certified: Certified = authority.issue(HERE)) =>
  startScriptedServer(
    (request, response) => request.resume().on("end", () => answer(request, response)),
    certified,
  );

const OK: RequestListener = (_, response) =>
  response.writeHead(200, { "Content-Type": "application/json" }).end("{}");

async function failure(api: KubeApi, where = ""): Promise<object> {
  await using _ = api;
  return await api.request({ method: "GET", path: "/api/v1/nodes?limit=5" }).then(
    () => assert.fail("it answered"),
    ({ code, message, hint }) => ({
      code,
      message: where === "" ? message : message.replace(where, "SERVER"),
      hint,
    }),
  );
}

test("by client certificate and by token, with the lab's own kubeconfig", async () => {
  await using kube = await startKube();
  for (const context of ["lab", "lab-token"]) {
    await using api = connect(kube.kubeconfig, { context });
    assert.deepEqual(await api.request({ method: "GET", path: "/readyz" }), { status: 200, body: "ok" });
    const made = { metadata: { name: context } };
    assert.equal((await api.request({ method: "POST", path: "/api/v1/namespaces", body: made })).status, 201);
    const patch = {
      method: "PATCH",
      path: `/api/v1/namespaces/${context}`,
      body: { metadata: { labels: { a: "b" } } },
    } as const;
    assert.equal((await api.request(patch)).status, 415);
    assert.equal((await api.request({ ...patch, contentType: "application/merge-patch+json" })).status, 200);
  }
});

test("by a credential plugin, and by one that fails", async () => {
  await using kube = await startKube({ users: { plugged: { token: "from-plugin" } } });
  const plugin = join(folder.path, "plugin.sh");
  const script = '#!/bin/sh\n[ "$1" = ok ] || { echo "no ticket" >&2; exit 1; }\n';
  const credential =
    '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-plugin"}}';
  writeFileSync(plugin, `${script}echo '${credential}'\n`);
  chmodSync(plugin, 0o755);
  const exec = (arg: string) => ({
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: plugin,
      args: [arg],
      interactiveMode: "Never",
    },
  });
  await using api = connect(kubeconfig(kube.origin, exec("ok"), kube.caFile));
  assert.equal((await api.request({ method: "GET", path: "/api/v1/nodes" })).status, 200);
  const file = kubeconfig(kube.origin, exec("no"), kube.caFile);
  assert.deepEqual(await failure(connect(file)), {
    code: "unauthorized",
    message: `The credential plugin of user admin in ${file} failed: no ticket.`,
    hint: "Run kubectl get nodes with the same context: it asks the same plugin.",
  });
});

test("no kubeconfig; ~ is the home", () => {
  assert.throws(() => connect("~/.kube/config"), {
    code: "file",
    message: "There is no kubeconfig at /home/glaze/.kube/config.",
    hint: "Name yours in cluster.kubeconfig. k3s writes one on its server, /etc/rancher/k3s/k3s.yaml: copy it and put the server's address into it.",
    at: { file: "/home/glaze/.kube/config" },
  });
});

test("a kubeconfig that is no YAML, or is something else", () => {
  const broken = written("clusters:\n- name: glaze\n  cluster: {server: [\n");
  assert.throws(() => connect(broken), {
    code: "config",
    message:
      "The kubeconfig is no valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].",
    at: { file: broken, line: 4, column: 1 },
  });
  const other = written("- 1\n");
  assert.throws(() => connect(other), {
    code: "config",
    message: `${other} is no kubeconfig: it holds no clusters and users.`,
  });
});

test("a context that is not there, or names what is not there", () => {
  const file = kubeconfig("https://127.0.0.1:6443");
  assert.throws(() => connect(file, { context: "glaze-prd" }), {
    code: "config",
    message: `The kubeconfig ${file} has no context glaze-prd.`,
    hint: "Did you mean glaze-prod?",
  });
  assert.throws(() => connect(file, { context: "kiln" }), { hint: "It has: glaze-prod." });
  const none = written("contexts: [{name: a, context: {cluster: c, user: u}}]\n");
  assert.throws(() => connect(none), {
    message: `The kubeconfig ${none} has no current context.`,
    hint: "Name one in cluster.context. It has: a.",
  });
  assert.throws(() => connect(none, { context: "a" }), {
    message: `The context a of ${none} names the cluster c, which the file does not describe.`,
    hint: "Repair the file with kubectl config set-context.",
  });
});

test("an expired client certificate", () => {
  const { cert, key } = authority.issue(HERE, -1);
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const file = kubeconfig("https://127.0.0.1:6443", {
    "client-certificate-data": base64(cert),
    "client-key-data": base64(key),
  });
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  assert.throws(() => connect(file), {
    code: "unauthorized",
    message: `The client certificate of user admin in ${file} expired on ${day}.`,
    hint: "k3s renews its own when it starts: copy /etc/rancher/k3s/k3s.yaml from the server again, after a restart if it is as old.",
  });
});

test("a certificate file that is not there; a proxy", () => {
  const file = kubeconfig("https://127.0.0.1:6443", {}, "/nowhere/ca.pem");
  assert.throws(() => connect(file), {
    code: "file",
    message: `The kubeconfig ${file} names /nowhere/ca.pem, which cannot be read.`,
    at: { file: "/nowhere/ca.pem" },
  });
  const proxied = written(
    "clusters: [{name: c, cluster: {server: 'https://k', proxy-url: 'http://p'}}]\nusers: [{name: u, user: {}}]\n" +
      "contexts: [{name: a, context: {cluster: c, user: u}}]\n",
  );
  assert.throws(() => connect(proxied, { context: "a" }), {
    code: "config",
    message: "The context a goes through a proxy (proxy-url), which outgrow cannot.",
    hint: "Run outgrow where the cluster can be reached directly, or over an SSH tunnel.",
  });
});

test("an expired certificate of the server", async () => {
  await using server = await serve(OK, authority.issue(HERE, -1));
  assert.deepEqual(await failure(connect(kubeconfig(server.origin)), server.origin), {
    code: "tls",
    message: "SERVER/api/v1/nodes: its certificate has expired.",
    hint: "k3s renews its certificates when it starts: restart k3s on the server, and check this machine's clock.",
  });
});

test("another authority, another name", async () => {
  await using server = await serve(OK, stranger.issue(HERE));
  assert.deepEqual(await failure(connect(kubeconfig(server.origin)), server.origin), {
    code: "tls",
    message: "SERVER/api/v1/nodes: its certificate is not signed by the authority in the kubeconfig.",
    hint: "The kubeconfig is of another cluster, or of this one before it was made anew: copy /etc/rancher/k3s/k3s.yaml again.",
  });
  await using named = await serve(OK, authority.issue("DNS:glaze-prod"));
  assert.deepEqual(await failure(connect(kubeconfig(named.origin)), named.origin), {
    code: "tls",
    message: "SERVER/api/v1/nodes: its certificate is for other names.",
    hint: "Use one of them as server in the kubeconfig, or add this one to tls-san in k3s's config.yaml and restart it.",
  });
});

test("nobody listens", async () => {
  const origin = `https://127.0.0.1:${await freePort()}`;
  assert.deepEqual(await failure(connect(kubeconfig(origin)), origin), {
    code: "unreachable",
    message: "SERVER/api/v1/nodes: the connection was refused.",
    hint: CHECK_SERVER,
  });
});

test("refusals keep the API's own words: 401, 403, 503", async () => {
  await using kube = await startKube({ users: { reader: { token: "r" } } });
  await kube.deny([{ user: "reader", resource: "nodes" }]);
  const refused = async (token: string) => {
    await using api = connect(kubeconfig(kube.origin, { token }, kube.caFile));
    return await ask(api, { method: "GET", path: "/api/v1/nodes" }).then(
      () => assert.fail("it answered"),
      ({ code, message, hint }) => ({ code, message, hint }),
    );
  };
  assert.deepEqual(await refused("wrong"), {
    code: "unauthorized",
    message: "Kubernetes refuses GET /api/v1/nodes with 401: Unauthorized.",
    hint: "The credentials of the kubeconfig are not, or no longer, those of this cluster: copy /etc/rancher/k3s/k3s.yaml again.",
  });
  assert.deepEqual(await refused("r"), {
    code: "denied",
    message:
      'Kubernetes refuses GET /api/v1/nodes with 403: nodes is forbidden: User "reader" cannot list resource "nodes" in API group "" at the cluster scope.',
    hint: "Give the user of the kubeconfig a role that allows it, or use the administrator's of /etc/rancher/k3s/k3s.yaml.",
  });
  await kube.failNext({ kind: "status", status: 503 });
  assert.deepEqual(await refused("r"), {
    code: "unavailable",
    message: "Kubernetes refuses GET /api/v1/nodes with 503: apiserver not ready.",
    hint: "It may be starting, or overloaded: try again shortly.",
  });
});

test("an answer of 200 MB is not read", async () => {
  const chunk = Buffer.alloc(1024 * 1024, " ");
  let sent = 0;
  await using server = await serve((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    const more = () => {
      if (sent++ < 200) response.write(chunk, more);
      else response.end();
    };
    more();
  });
  assert.deepEqual(await failure(connect(kubeconfig(server.origin), { timeoutMs: 60_000 }), server.origin), {
    code: "too-large",
    message: "SERVER/api/v1/nodes answers with more than 64 MiB.",
    hint: "No such answer is needed: see which objects there are so large, with kubectl get -A.",
  });
  assert.ok(sent < 100, `${sent} MiB were taken`);
});

test("a packed answer is unpacked, and counted unpacked", async () => {
  const packed = gzipSync(JSON.stringify({ text: "x".repeat(2_000_000) }));
  await using server = await serve((_, response) =>
    response.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip" }).end(packed),
  );
  await using api = connect(kubeconfig(server.origin));
  const { body } = await api.request({ method: "GET", path: "/" });
  assert.equal((body as { text: string }).text.length, 2_000_000);
  const small = connect(kubeconfig(server.origin), { limitBytes: 1024 * 1024 });
  assert.deepEqual(await failure(small, server.origin), {
    code: "too-large",
    message: "SERVER/api/v1/nodes answers with more than 1 MiB.",
    hint: "No such answer is needed: see which objects there are so large, with kubectl get -A.",
  });
});

test("an API that stalls: before the answer, and within it", async () => {
  await using kube = await startKube();
  for (const kind of ["silent", "stall"] as const) {
    await kube.failNext({ kind });
    const api = connect(kubeconfig(kube.origin, { token: kube.token }, kube.caFile), { timeoutMs: 300 });
    assert.deepEqual(await failure(api, kube.origin), {
      code: "timeout",
      message: "SERVER/api/v1/nodes did not answer within 0.3 s.",
      hint: "The API server is overloaded or just starting: see kubectl get --raw /readyz, and k3s's own log.",
    });
  }
});

test("broken JSON; a connection cut", async () => {
  await using server = await serve((_, response) =>
    response.writeHead(200, { "Content-Type": "application/json" }).end("{"),
  );
  assert.deepEqual(await failure(connect(kubeconfig(server.origin)), server.origin), {
    code: "bad-answer",
    message: "SERVER/api/v1/nodes answers with broken JSON.",
    hint: "A proxy in between may have cut it, or something else answers in the API's place.",
  });
  await using kube = await startKube();
  await kube.failNext({ kind: "cut" });
  assert.deepEqual(
    await failure(connect(kubeconfig(kube.origin, { token: kube.token }, kube.caFile)), kube.origin),
    {
      code: "unreachable",
      message: "SERVER/api/v1/nodes: the connection was cut.",
      hint: CHECK_SERVER,
    },
  );
});

test("a kept connection that the server has closed meanwhile is no error", async () => {
  await using kube = await startKube();
  await using api = connect(kube.kubeconfig);
  assert.equal((await api.request({ method: "GET", path: "/readyz" })).status, 200);
  await kube.failNext({ kind: "cut" });
  assert.equal((await api.request({ method: "GET", path: "/readyz" })).status, 200);
});
