import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { type LabSshd, startSshd } from "../../lab/sshd.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { AT_WORK, stopAtWork } from "./atWork.ts";
import type { HostCommand } from "./command.ts";
import { createSshSession } from "./sshSession.ts";
import { sshTarget } from "./target.ts";

function sessionTo({ clientConfig }: LabSshd) {
  return createSshSession(
    sshTarget({ name: "glaze-prod", destination: "lab" }, { configFile: clientConfig }),
  );
}

/** Sleeps so long that nobody else does, so that it is found among all that runs on this machine. */
function sleeper(effect: HostCommand["effect"], seconds: number, before = ""): HostCommand {
  return { words: ["sh", "-c", `${before}sleep ${seconds}; echo slept`], effect, timeoutMs: 600_000 };
}

function sleeps(seconds: number): boolean {
  return execFileSync("ps", ["-eo", "args="], { encoding: "utf8" }).split("\n").includes(`sleep ${seconds}`);
}

/**
 * What changes the host here is started by a reader that never waits for it: killed, it stays among the processes as a zombie.
 * The quotes keep the reader from being found.
 */
function neglected(seconds: number): HostCommand {
  const name = AT_WORK.replace("-work", '"-work"');
  const script = `setsid sh -c 'sleep ${seconds}; echo slept' ${name} >/dev/null & exec sleep ${seconds + 1}`;
  return { words: ["sh", "-c", script], effect: "reads", timeoutMs: 600_000 };
}

/** What was left alone sleeps on; here it ends with the test. */
function endAll(seconds: readonly number[]): Disposable {
  return {
    [Symbol.dispose]: () => void spawnSync("pkill", ["-KILL", "-f", `^sleep (${seconds.join("|")})$`]),
  };
}

/** Begun, and given up as a run that dies gives it up: nobody waits for its end. */
async function begin(sshd: LabSshd, command: HostCommand, seconds: number): Promise<AsyncDisposable> {
  const session = sessionTo(sshd);
  session.run(command).catch(() => undefined);
  await waitFor(`sleep ${seconds}`, () => sleeps(seconds) || undefined);
  return session;
}

for (const [name, isBusybox] of [
  ["Debian", false],
  ["BusyBox", true],
] as const) {
  test(`${name}: what changes a host for a run that is gone is ended, awaited or not; readers and other hosts are left alone`, async () => {
    const base = 100_000 + process.pid * 20 + (isBusybox ? 10 : 0);
    using _all = endAll([0, 1, 2, 3, 4, 5].map((each) => base + each));
    await using host = await startSshd({ isBusybox });
    await using other = await startSshd();
    await using _left = await begin(host, sleeper("changes", base), base);
    await using _deaf = await begin(host, sleeper("changes", base + 1, "trap '' TERM; "), base + 1);
    await using _reader = await begin(host, sleeper("reads", base + 2), base + 2);
    await using _neglected = await begin(host, neglected(base + 4), base + 4);
    await using _stranger = await begin(other, sleeper("changes", base + 3), base + 3);
    await using session = sessionTo(host);
    assert.deepEqual(await session.run(stopAtWork()), { code: 0, stdout: "3\n", stderr: "" });
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((each) => sleeps(base + each)),
      [false, false, true, true, false, true],
    );
    assert.deepEqual(await session.run(stopAtWork()), { code: 0, stdout: "0\n", stderr: "" });
  });
}
