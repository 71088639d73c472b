import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../../lab/port.ts";
import { type LabSshd, startSshd } from "../../lab/sshd.ts";
import { tempFolder } from "../../lab/temp.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { OutgrowError } from "../model/error.ts";
import { Secret } from "../model/secret.ts";
import type { HostCommand } from "./command.ts";
import { createSshSession } from "./sshSession.ts";
import { type SshTarget, sshTarget } from "./target.ts";

const reads = (...words: readonly string[]): HostCommand => ({ words, effect: "reads" });
const script = (text: string): HostCommand => reads("sh", "-c", text);

function sessionTo(sshd: LabSshd, options: Partial<SshTarget> = {}, destination = "lab") {
  return createSshSession(
    sshTarget({ name: "glaze-prod", destination }, { configFile: sshd.clientConfig, ...options }),
  );
}

/** What people read: code, message, hint. */
async function refusal(promise: Promise<unknown>): Promise<readonly [string, string, string | undefined]> {
  const error = await promise.then(
    () => assert.fail("it worked"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OutgrowError, String(error));
  return [error.code, error.message, error.hint];
}

test("words, input, output, code: all arrive as they are, over one connection", async () => {
  await using sshd = await startSshd({ config: ["LogLevel VERBOSE"] });
  {
    await using session = sessionTo(sshd);
    assert.deepEqual(await session.run(reads("printf", "%s|", "it's", "", "a  b\n", "$HOME", "ü")), {
      code: 0,
      stdout: "it's||a  b\n|$HOME|ü|",
      stderr: "",
    });
    const input = `line\n\n${"x".repeat(300_000)}`;
    assert.equal((await session.run({ ...reads("cat"), input })).stdout, input);
    assert.equal((await session.run(reads("cat"))).stdout, "");
    assert.deepEqual(await session.run(script("echo no >&2; exit 255")), {
      code: 255,
      stdout: "",
      stderr: "no\n",
    });
    assert.equal((await session.run(reads("no-such-program"))).code, 127);
    const many = await Promise.all(["a", "b", "c", "d", "e"].map((each) => session.run(reads("echo", each))));
    assert.deepEqual(
      many.map(({ stdout }) => stdout),
      ["a\n", "b\n", "c\n", "d\n", "e\n"],
    );
  }
  assert.equal(sshd.output().match(/Accepted publickey/g)?.length, 1);
});

test("through another host", async () => {
  await using sshd = await startSshd({ config: ["LogLevel VERBOSE"] });
  await using session = sessionTo(sshd, { jump: "lab" });
  assert.equal((await session.run(reads("echo", "there"))).stdout, "there\n");
  assert.equal(sshd.output().match(/Accepted publickey/g)?.length, 2);
});

test("a secret goes in on stdin and is in no argument list", async () => {
  await using sshd = await startSshd();
  await using session = sessionTo(sshd);
  const input = new Secret("K10c0ffee::server:s3cr3t");
  const seen = await session.run({ ...script("tr '\\0' ' ' </proc/[0-9]*/cmdline; cat >/dev/null"), input });
  const everywhere = execFileSync("ps", ["-eo", "args"]).toString() + seen.stdout;
  assert.ok(!everywhere.includes("s3cr3t"));
  assert.equal((await session.run({ ...reads("wc", "-c"), input })).stdout.trim(), "24");
});

test("what a login script prints is not taken for the answer", async () => {
  await using sshd = await startSshd({ files: { "/root/.bashrc": "echo Welcome; echo noise >&2\n" } });
  await using session = sessionTo(sshd);
  assert.deepEqual(await session.run(script("echo yes; echo no >&2")), {
    code: 0,
    stdout: "yes\n",
    stderr: "no\n",
  });
});

test("a changed host key is refused and nothing is run", async () => {
  await using sshd = await startSshd();
  const known = join(sshd.folder, "other_hosts");
  const stranger = readFileSync(join(sshd.folder, "stranger.pub"), "utf8");
  execFileSync("sh", ["-c", `echo "[127.0.0.1]:${sshd.port} ${stranger.trim()}" >"$0"`, known]);
  const configFile = sshd.client("changed", ["Host *", `  UserKnownHostsFile ${known}`]);
  await using session = sessionTo(sshd, { configFile });
  const before = readFileSync(known, "utf8");
  assert.deepEqual(await refusal(session.run({ ...reads("touch", "/nowhere"), effect: "changes" })), [
    "host-key",
    "glaze-prod (lab) shows another host key than the one that is known: it may not be the same host.",
    "Find out why before anything else. Only if the host was set up anew: compare its fingerprint at the provider's console, then ssh-keygen -R lab and log in once by hand.",
  ]);
  assert.equal(readFileSync(known, "utf8"), before);
  assert.ok(!sshd.output().includes("Accepted"));
});

test("an unknown host key is refused, and not learned", async () => {
  await using sshd = await startSshd();
  const known = join(sshd.folder, "no_hosts");
  // Even a careless configuration does not make outgrow careless.
  const configFile = sshd.client("unknown", [
    "Host *",
    `  UserKnownHostsFile ${known}`,
    "  StrictHostKeyChecking no",
  ]);
  await using session = sessionTo(sshd, { configFile });
  assert.deepEqual(await refusal(session.run(reads("true"))), [
    "host-key",
    "glaze-prod (lab) has a host key that is not known yet.",
    "Log in once by hand and compare the fingerprint with the provider's console: ssh lab",
  ]);
  assert.throws(() => readFileSync(known), { code: "ENOENT" });
});

test("a wrong key", async () => {
  await using sshd = await startSshd();
  const configFile = sshd.client("stranger_config", [
    "Host *",
    `  IdentityFile ${join(sshd.folder, "stranger")}`,
    "  IdentitiesOnly yes",
  ]);
  rmSync(join(sshd.folder, "client"));
  await using session = sessionTo(sshd, { configFile });
  assert.deepEqual(await refusal(session.run(reads("true"))), [
    "unauthorized",
    "glaze-prod (lab) does not let this key in: root@127.0.0.1: Permission denied (publickey).",
    "Only keys are tried, never a password. Add the key to the agent (ssh-add), name it with IdentityFile in ~/.ssh/config, or put it into the host's authorized_keys; try it by hand: ssh lab true",
  ]);
});

test("nothing listens there, no such name, no such route", async () => {
  await using sshd = await startSshd();
  const port = await freePort();
  const closed = sshd.client("closed", ["Host lab", `  Port ${port}`]);
  assert.deepEqual(await refusal(sessionTo(sshd, { configFile: closed }).run(reads("true"))), [
    "unreachable",
    "glaze-prod (lab) refused the connection: nothing listens there.",
    "Check the port in hosts.glaze-prod.ssh or ~/.ssh/config, and that sshd runs.",
  ]);
  assert.deepEqual(await refusal(sessionTo(sshd, {}, "root@nowhere.invalid").run(reads("true"))), [
    "unreachable",
    "glaze-prod (root@nowhere.invalid) cannot be found: its name does not resolve.",
    "Check hosts.glaze-prod.ssh, ~/.ssh/config, and this machine's DNS.",
  ]);
  const broken = sshd.client("broken", ["NoSuchOption yes"]);
  assert.deepEqual(await refusal(sessionTo(sshd, { configFile: broken }).run(reads("true"))), [
    "config",
    `glaze-prod (lab) cannot be asked: ssh does not understand its configuration: ${broken}: terminating, 1 bad configuration options`,
    "Mend ~/.ssh/config.",
  ]);
});

test("a host that accepts and says nothing, and one that hangs up", async () => {
  await using sshd = await startSshd();
  await using silent = await listener(() => undefined);
  const slow = sshd.client("silent", ["Host lab", `  Port ${silent.port}`]);
  assert.deepEqual(
    await refusal(sessionTo(sshd, { configFile: slow, connectTimeoutMs: 1_000 }).run(reads("true"))),
    [
      "unreachable",
      "glaze-prod (lab) did not answer.",
      "Check hosts.glaze-prod.ssh, that the host is up, and the firewalls on the way.",
    ],
  );
  await using rude = await listener((socket) => socket.destroy());
  const shut = sshd.client("rude", ["Host lab", `  Port ${rude.port}`]);
  assert.deepEqual(await refusal(sessionTo(sshd, { configFile: shut }).run(reads("true"))), [
    "unreachable",
    "glaze-prod (lab) closed the connection before the login.",
    "Its sshd may be overloaded or may ban this address (MaxStartups, fail2ban): look at its log.",
  ]);
});

test("a login that never ends", async () => {
  await using sshd = await startSshd({ config: ["ForceCommand sleep 50"] });
  await using session = sessionTo(sshd, { connectTimeoutMs: 1_000 });
  assert.deepEqual(await refusal(session.run(reads("true"))), [
    "timeout",
    "glaze-prod (lab) did not finish the login within 2 s.",
    "See where it stops: ssh -v lab true",
  ]);
});

test("a slow command: what was waited for is said, and the session goes on", async () => {
  await using sshd = await startSshd();
  await using session = sessionTo(sshd);
  assert.deepEqual(await refusal(session.run({ ...reads("sleep", "60.31"), timeoutMs: 4_000 })), [
    "timeout",
    "glaze-prod (lab) did not finish `sleep 60.31` within 4 s. It was stopped.",
    "It changed nothing: run outgrow again.",
  ]);
  const change = { ...reads("sleep", "61.31"), effect: "changes", timeoutMs: 4_000 } as const;
  assert.equal(
    (await refusal(session.run(change)))[2],
    "Whether it took effect is not known: run outgrow again, it looks first.",
  );
  assert.equal((await session.run(reads("echo", "on"))).stdout, "on\n");
  assert.ok(!/^sleep 6[01]\.31$/m.test(execFileSync("ps", ["-eo", "args"]).toString()));
});

test("more output than is allowed", async () => {
  await using sshd = await startSshd();
  await using session = sessionTo(sshd, { limitBytes: 1024 * 1024 });
  assert.deepEqual(await refusal(session.run(reads("yes"))), [
    "too-large",
    "glaze-prod (lab) answered `yes` with more than 1 MiB.",
    "See what it prints, on the host itself.",
  ]);
});

test("a connection that dies under a command: a reader asks again, a change says that it does not know", async () => {
  await using sshd = await startSshd();
  await using session = sessionTo(sshd);
  const flag = join(sshd.folder, "once");
  // It ends the sshd process of its own connection, the first time.
  const suicidal = `if [ ! -e ${flag} ]; then touch ${flag}; echo half; kill -9 $(ps -o ppid= -p $PPID); sleep 5; fi; echo whole`;
  assert.equal((await session.run(script(suicidal))).stdout, "whole\n");
  rmSync(flag);
  const shown = `sh -c '${suicidal}'`;
  assert.deepEqual(await refusal(session.run({ ...script(suicidal), effect: "changes" })), [
    "unreachable",
    `The connection to glaze-prod (lab) broke while \`${shown.slice(0, 120)}…\` ran.`,
    "Whether it took effect is not known: run outgrow again, it looks first.",
  ]);
  assert.equal((await session.run(reads("echo", "on"))).stdout, "on\n");
});

test("a master that was killed is replaced before the next command", async () => {
  await using sshd = await startSshd({ config: ["LogLevel VERBOSE"] });
  await using session = sessionTo(sshd);
  await session.run(reads("true"));
  execFileSync("pkill", [
    "-KILL",
    "-f",
    `ControlMaster=yes.*-F ${sshd.clientConfig}|-F ${sshd.clientConfig}.*ControlMaster=yes`,
  ]);
  const change: HostCommand = { ...reads("echo", "again"), effect: "changes" };
  const answer = await waitFor("a new master", async () => (await session.run(change)).stdout);
  assert.equal(answer, "again\n");
  assert.equal(sshd.output().match(/Accepted publickey/g)?.length, 2);
});

test("a host that goes away between two commands", async () => {
  const sshd = await startSshd();
  await using session = sessionTo(sshd);
  await session.run(reads("true"));
  await sshd[Symbol.asyncDispose]();
  assert.equal((await refusal(session.run(reads("true"))))[0], "unreachable");
});

test("sudo: used when the login is not root, and refused in words", async () => {
  const files = {
    "/etc/passwd": `${readFileSync("/etc/passwd", "utf8")}deploy:x:4242:65534::/tmp:/bin/sh\n`,
    "/etc/shadow": `${readFileSync("/etc/shadow", "utf8")}deploy:*:19000:0:99999:7:::\n`,
    "/etc/sudoers": "Defaults !authenticate\nroot ALL=(ALL) ALL\ndeploy ALL=(ALL) NOPASSWD: ALL\n",
  };
  {
    await using sshd = await startSshd({ files });
    const configFile = sshd.client("deploy", ["Host lab", "  User deploy"]);
    await using session = sessionTo(sshd, { configFile });
    assert.equal((await session.run(reads("id", "-u"))).stdout, "0\n");
    assert.equal((await session.run({ ...reads("id", "-u"), as: "login" })).stdout, "4242\n");
    assert.deepEqual(await session.run({ ...script("cat; exit 1"), input: "in" }), {
      code: 1,
      stdout: "in",
      stderr: "",
    });
  }
  await using sshd = await startSshd({ files: { ...files, "/etc/sudoers": "deploy ALL=(ALL) ALL\n" } });
  const configFile = sshd.client("deploy", ["Host lab", "  User deploy"]);
  await using session = sessionTo(sshd, { configFile });
  assert.deepEqual(await refusal(session.run(reads("id", "-u"))), [
    "sudo",
    "sudo refuses the login of glaze-prod (lab): sudo: a password is required",
    "outgrow needs root there without a question: log in as root, or allow it with a line like `deploy ALL=(ALL) NOPASSWD: ALL` in /etc/sudoers.d/outgrow.",
  ]);
  assert.equal((await session.run({ ...reads("id", "-u"), as: "login" })).stdout, "4242\n");
});

test("nothing is left behind: no folder, no process", async () => {
  await using sshd = await startSshd();
  {
    await using session = sessionTo(sshd);
    await Promise.all([session.run(reads("true")), session.run(reads("true"))]);
  }
  const left = execFileSync("ps", ["-eo", "args"])
    .toString()
    .split("\n")
    .filter((line) => line.startsWith("ssh ") && line.includes(sshd.clientConfig));
  assert.deepEqual(left, []);
});

test("a process that is killed takes its connection with it, and its folder goes with one that comes ten minutes later", async () => {
  await using sshd = await startSshd();
  using folder = tempFolder("killed");
  const env = { ...process.env, TMPDIR: folder.path };
  const code = (end: string) => `
    import { createSshSession } from "./src/hosts/sshSession.ts";
    import { sshTarget } from "./src/hosts/target.ts";
    const target = sshTarget({ name: "x", destination: "lab" }, { configFile: ${JSON.stringify(sshd.clientConfig)} });
    await using session = createSshSession(target);
    await session.run({ words: ["true"], effect: "reads" });
    ${end}
  `;
  const start = (end: string) =>
    execFileSync(process.execPath, ["--input-type=module-typescript", "-e", code(end)], { env });
  assert.throws(() => start('process.kill(process.pid, "SIGKILL");'));
  await waitFor("the connection's end", () =>
    execFileSync("ps", ["-eo", "args"]).toString().includes(`-F ${sshd.clientConfig}`) ? undefined : true,
  );
  const [left = "", ...more] = readdirSync(folder.path);
  assert.deepEqual(more, []);
  start("");
  assert.deepEqual(readdirSync(folder.path), [left], "as one that is just logging in has it");
  const longAgo = Date.now() / 1_000 - 601;
  utimesSync(join(folder.path, left), longAgo, longAgo);
  start("");
  assert.deepEqual(readdirSync(folder.path), []);
});

test("an address that ssh would take for an option is refused", () => {
  assert.throws(() => sshTarget({ name: "x", destination: "-oProxyCommand=id" }), {
    code: "config",
    message: 'hosts.x.ssh is no address for ssh: "-oProxyCommand=id".',
    hint: "Write root@glaze-prod, say.",
  });
});

interface Listener extends AsyncDisposable {
  readonly port: number;
}

async function listener(accept: (socket: Socket) => void): Promise<Listener> {
  const server = createServer(accept).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
