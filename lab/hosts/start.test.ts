import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { attempt } from "./execute.ts";
import { sweep } from "./owner.ts";
import { type HostsLab, startHosts } from "./start.ts";

const ssh = (lab: HostsLab, host: string, ...words: readonly string[]) =>
  attempt("ssh", ["-F", lab.sshConfigFile, host, ...words]);

/** Everything on this machine that carries the process's number, wherever a laboratory makes things. */
async function traces(pid: number): Promise<readonly string[]> {
  const name = `outgrow-${pid}-`;
  const all = async (...words: readonly [string, ...string[]]) =>
    (await promisify(execFile)(words[0], words.slice(1))).stdout.split("\n");
  return [
    ...(await all("ip", "netns", "list")),
    ...(await all("ip", "-details", "link")).map((line) => `${line.trim()}-`),
    ...(await all("ps", "-eo", "args=")),
    ...readFileSync("/proc/self/mountinfo", "utf8").split("\n"),
    ...readdirSync(tmpdir()),
    ...readFileSync("/proc/self/cgroup", "utf8").split("\n"),
    ...(await all("find", "/sys/fs/cgroup", "-maxdepth", "2", "-name", `${name}*`)),
  ].filter((line) => line.includes(name) && !line.includes("find /sys"));
}

/** CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_TIME: https://man7.org/linux/man-pages/man7/capabilities.7.html */
const FORBIDDEN = (1n << 16n) | (1n << 17n) | (1n << 25n);

const quoted = (words: readonly string[]) => [
  "sh",
  ...words.map((word) => `'${word.replaceAll("'", "'\\''")}'`),
];

test("two hosts: root and deploy log in, each host is itself", async () => {
  await using lab = await startHosts();
  const who = ["hostname; id -un; sudo -n id -un; systemctl is-system-running"];
  for (const [login, answer] of Object.entries({
    "root@glaze-prod": "glaze-prod\nroot\nroot\nrunning\n",
    "root@glaze-worker-1": "glaze-worker-1\nroot\nroot\nrunning\n",
  })) {
    assert.deepEqual(await ssh(lab, login, ...who), { code: 0, stdout: answer, stderr: "" });
  }
  const deploy = await ssh(lab, "deploy@glaze-prod", "id -un; sudo -n id -un");
  assert.deepEqual([deploy.code, deploy.stdout], [0, "deploy\nroot\n"]);
});

test("a host's files, clock and firewall are its own, and the machine's stay what they are", async () => {
  await using lab = await startHosts();
  const before = readFileSync("/etc/hostname", "utf8");
  await lab.prod.run("sh", ["-c", "echo changed >/etc/hostname; mkdir -p /etc/only-here"]);
  await lab.prod.run("sysctl", ["-w", "vm.swappiness=7", "net.ipv4.ip_forward=1"]);
  assert.equal(readFileSync("/etc/hostname", "utf8"), before);
  assert.equal(existsSync("/etc/only-here"), false);
  assert.notEqual(readFileSync("/proc/sys/vm/swappiness", "utf8"), "7\n");
  assert.equal(await lab.worker.run("cat", ["/etc/hostname"]), "glaze-worker-1\n");
  assert.equal(await lab.worker.run("sysctl", ["-n", "net.ipv4.ip_forward"]), "0\n");
  // Never tried out: a clock that is set is everybody's.
  const bounds = ["-c", "awk '/^Cap(Bnd|Eff)/ {print $2}' /proc/self/status"] as const;
  for (const text of [
    await lab.prod.run("sh", bounds),
    (await ssh(lab, "glaze-prod", ...quoted(bounds))).stdout,
  ]) {
    for (const line of text.trim().split("\n")) assert.equal(BigInt(`0x${line}`) & FORBIDDEN, 0n, text);
  }
  await lab.worker.run("sh", ["-c", "echo 3600 >/etc/outgrow-lab-clock"]);
  const [here, there] = await Promise.all([lab.prod.run("date", ["+%s"]), lab.worker.run("date", ["+%s"])]);
  assert.ok(Math.abs(Number(there) - Number(here) - 3600) < 60, `${here} ${there}`);
});

test("a snapshot is the disk, the firewall and what ran", async () => {
  await using lab = await startHosts();
  const seen = async () => [
    await lab.prod.ruleset(),
    await lab.prod.run("find", ["/etc", "-printf", "%p %m %s %l\n"]),
    await lab.prod.run("systemctl", ["list-units", "--type=service,timer", "--state=active", "--plain"]),
    await lab.worker.ruleset(),
  ];
  const before = await seen();
  const snapshot = await lab.snapshot();
  await lab.prod.run("sh", [
    "-c",
    "echo x >/etc/new; rm /etc/debian_version; echo y >>/etc/glaze/firewall.nft",
  ]);
  await lab.prod.run("systemctl", ["disable", "--now", "glaze-firewall"]);
  await lab.prod.run("systemd-run", ["--on-active=1h", "--unit=deadman", "true"]);
  await lab.worker.run("nft", ["add table inet mine"]);
  assert.notDeepEqual(await seen(), before);
  await lab.restore(snapshot);
  assert.deepEqual(await seen(), before);
  await lab.restore(snapshot);
  assert.equal((await ssh(lab, "glaze-prod", "hostname")).stdout, "glaze-prod\n");
});

test("two laboratories side by side do not meet", async () => {
  const [one, two] = await Promise.all([startHosts(), startHosts()]);
  try {
    await one.prod.run("sh", ["-c", "echo one >/etc/mark"]);
    assert.equal((await two.prod.attempt("cat", ["/etc/mark"])).code, 1);
    assert.equal((await ssh(one, "glaze-prod", "cat /etc/mark")).stdout, "one\n");
    assert.notEqual((await ssh(two, "glaze-prod", "cat /etc/mark")).code, 0);
    assert.notEqual(one.prod.tailscaleAddress, two.prod.tailscaleAddress);
  } finally {
    await Promise.all([one[Symbol.asyncDispose](), two[Symbol.asyncDispose]()]);
  }
});

test("nothing is left behind", async () => {
  const lab = await startHosts();
  assert.ok((await traces(process.pid)).length > 5, "the traces are looked for in the right places");
  await lab[Symbol.asyncDispose]();
  assert.deepEqual(await traces(process.pid), []);
});

test("what a killed laboratory leaves is swept, also by several at once", async () => {
  const script = `import { startHosts } from ${JSON.stringify(fileURLToPath(new URL("start.ts", import.meta.url)))};
    await startHosts(); console.log("up"); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const pid = child.pid ?? 0;
  // Before it is killed: from then on any laboratory that starts on this machine sweeps.
  assert.ok((await traces(pid)).length > 5);
  child.kill("SIGKILL");
  await once(child, "exit");
  const [next] = await Promise.all([startHosts(), sweep(), sweep()]);
  await next[Symbol.asyncDispose]();
  assert.deepEqual(await traces(pid), []);
});
