import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { startSshd } from "../../../lab/sshd.ts";
import type { HostSession } from "../session.ts";
import { createSshSession } from "../sshSession.ts";
import { sshTarget } from "../target.ts";
import { readHostFacts } from "./readHostFacts.ts";

function sessionTo(configFile: string): HostSession {
  return createSshSession(sshTarget({ name: "glaze-prod", destination: "lab" }, { configFile }));
}

const TOKEN = `K10${"ab".repeat(32)}::server:s3cr3tT0ken`;

/** The machine that plays the host may have iptables or not. */
function isNoMatterOfThisMachine({ subject }: { readonly subject: string }): boolean {
  return subject !== "iptables";
}

/** A k3s server's files, with a secret wherever one can be. */
const FILES = {
  "/etc/rancher/k3s/config.yaml": [
    "resolv-conf: /etc/k3s-resolv.conf",
    "agent-token: s3cr3tAgent",
    'datastore-endpoint: "postgres://kine:s3cr3tStore@10.0.0.9:5432/kine"',
    "etcd-s3-secret-key: s3cr3tKey",
    "kube-apiserver-arg: [max-requests-inflight=40]",
    "",
  ].join("\n"),
  "/etc/rancher/k3s/registries.yaml": [
    "mirrors: {}",
    "configs:",
    "  registry.example:",
    "    auth:",
    "      username: glaze",
    "      password: s3cr3tRegistry",
    '      "identitytoken": "s3cr3tIdentity"',
    "    tls: { key_file: /etc/key.pem }",
    "  other.example: { auth: { auth: czNjcjN0QXV0aA== } }",
    "",
  ].join("\n"),
  "/etc/systemd/system/k3s.service": [
    "[Service]",
    "EnvironmentFile=-/etc/systemd/system/k3s.service.env",
    "EnvironmentFile=-/etc/default/k3s",
    "Environment=REGISTRY_PASSWORD=s3cr3tEnvironment",
    "ExecStart=/usr/local/bin/k3s \\",
    "    server \\",
    "\t'--vpn-auth' \\",
    "\t'name=tailscale,joinKey=s3cr3tJoin' \\",
    "",
  ].join("\n"),
  "/etc/systemd/system/k3s.service.env": `K3S_TOKEN='${TOKEN}'\n`,
  "/etc/default/k3s": "HTTPS_PROXY=http://user:s3cr3tProxy@proxy:3128\n",
  "/etc/systemd/system/hostfw.service": "[Service]\nExecStart=/usr/sbin/nft -f /etc/hostfw/main.nft\n",
  "/etc/hostfw/main.nft": 'include "/etc/hostfw/parts/*.nft"\n',
  "/etc/hostfw/parts/one.nft": "table inet hostfw { }\n",
  "/etc/k3s-resolv.conf": "nameserver 1.1.1.1\n",
};

test("a k3s server: settings with their places, files that files name, and not one secret", async () => {
  await using sshd = await startSshd({ files: FILES });
  await using session = sessionTo(sshd.clientConfig);
  const { value, gaps } = await readHostFacts(session, Date.now);
  assert.deepEqual(
    gaps.filter(isNoMatterOfThisMachine).map(({ area, subject }) => `${area} ${subject}`),
    [],
  );
  assert.ok(
    !/s3cr3t|czNjcjN0QXV0aA/.test(JSON.stringify(value)),
    JSON.stringify(value).match(/.{60}(s3cr3t|czNjcjN0).*?.{9}/)?.[0],
  );
  assert.deepEqual(
    value.k3s?.settings.map(({ key, values, from }) => `${key} = ${values} (${from.file}:${from.line})`),
    [
      "resolv-conf = /etc/k3s-resolv.conf (/etc/rancher/k3s/config.yaml:1)",
      "agent-token = [redacted] (/etc/rancher/k3s/config.yaml:2)",
      "datastore-endpoint = postgres://[redacted]@10.0.0.9:5432/kine (/etc/rancher/k3s/config.yaml:3)",
      "etcd-s3-secret-key = [redacted] (/etc/rancher/k3s/config.yaml:4)",
      "kube-apiserver-arg = max-requests-inflight=40 (/etc/rancher/k3s/config.yaml:5)",
      "vpn-auth = [redacted] (/etc/systemd/system/k3s.service:7)",
      "token = [redacted] (/etc/systemd/system/k3s.service.env:1)",
    ],
  );
  assert.deepEqual([value.k3s?.role, value.k3s?.datastore], ["server", "external"]);
  const texts = new Map(value.files.map(({ path, text }) => [path, text]));
  assert.equal(texts.get("/etc/hostfw/parts/one.nft"), "table inet hostfw { }\n");
  assert.equal(texts.get("/etc/k3s-resolv.conf"), "nameserver 1.1.1.1\n");
  assert.match(
    texts.get("/etc/rancher/k3s/registries.yaml") ?? "",
    /username: glaze\n\s+password: \[redacted\]/,
  );
  assert.match(texts.get("/etc/rancher/k3s/registries.yaml") ?? "", /key_file: \/etc\/key\.pem/);
  assert.deepEqual(
    [value.hostname, value.cpus !== null, value.time?.offsetMs],
    [readFileSync("/proc/sys/kernel/hostname", "utf8").trim(), true, 0],
  );
});

test("the planted secrets would be seen if nothing took them out", () => {
  assert.equal(
    Object.values(FILES)
      .join("")
      .match(/s3cr3t|czNjcjN0QXV0aA/g)?.length,
    10,
  );
});

test("a host with nothing but BusyBox", async () => {
  await using sshd = await startSshd({ isBusybox: true });
  await using session = sessionTo(sshd.clientConfig);
  const { value, gaps } = await readHostFacts(session, Date.now);
  assert.deepEqual(
    gaps.map(({ subject, reason, message }) => `${subject} ${reason}: ${message}`),
    ["nftables ruleset absent: nft is not installed", "iptables absent: iptables is not installed"],
  );
  assert.ok(value.addresses.some(({ address, mtu }) => address === "127.0.0.1" && mtu !== null));
  assert.ok(value.sockets.some(({ port }) => port === sshd.port));
  assert.ok(value.memory !== null && value.memory.totalBytes > 0);
  assert.equal(value.k3s, null);
  assert.deepEqual(
    value.files.filter(({ text }) => text !== null),
    [],
  );
});

test("without root: what the login may read, and gaps for the rest", async () => {
  const files = {
    ...FILES,
    "/etc/systemd/system/k3s.service.env": {
      text: FILES["/etc/systemd/system/k3s.service.env"],
      mode: 0o600,
    },
    "/etc/passwd": `${readFileSync("/etc/passwd", "utf8")}deploy:x:4242:65534::/tmp:/bin/sh\n`,
    "/etc/sudoers": "root ALL=(ALL) ALL\n",
  };
  await using sshd = await startSshd({ files });
  await using session = sessionTo(sshd.client("deploy", ["Host lab", "  User deploy"]));
  const { value, gaps } = await readHostFacts(session, Date.now);
  assert.deepEqual(
    gaps
      .filter(isNoMatterOfThisMachine)
      .map(({ subject, reason, message }) => `${subject} ${reason}: ${message}`)
      .sort(),
    [
      "/etc/systemd/system/k3s.service.env denied: head: cannot open '/etc/systemd/system/k3s.service.env' for reading: Permission denied",
      "nftables ruleset denied: netlink: Error: cache initialization failed: Operation not permitted",
    ].sort(),
  );
  assert.equal(value.nftables, null);
  assert.equal(value.k3s?.role, "server");
});

test("an answer that was cut off costs what it cut off, and says so", async () => {
  await using sshd = await startSshd({ isBusybox: true });
  await using session = sessionTo(sshd.clientConfig);
  const half: HostSession = {
    ...session,
    async run(command) {
      const result = await session.run(command);
      const end = result.stdout.indexOf("+ memory");
      return end < 0 ? result : { ...result, stdout: `${result.stdout.slice(0, end)}+ memory\nMemTotal: 10` };
    },
  };
  const { value, gaps } = await readHostFacts(half, Date.now);
  assert.ok(value.addresses.length > 0);
  assert.deepEqual([value.memory, value.routes], [null, []]);
  assert.deepEqual(
    gaps.filter(({ subject }) => ["memory", "routes"].includes(subject)).map(({ message }) => message),
    ["the answer was cut off before it", "the answer was cut off before it"],
  );
});
