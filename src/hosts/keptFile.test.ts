import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "../../lab/temp.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { Secret } from "../model/secret.ts";
import type { HostCommand } from "./command.ts";
import { keepFile, keptFolder, putFile, removeFile, restoreFile } from "./keptFile.ts";

/** The same scripts, with the run's folder in a temporary one, read by the shell that is named. */
function runIn(shell: readonly string[], root: string, { words, input }: HostCommand, cut = 0) {
  const [command = "", ...args] = [...shell, ...words.slice(1)];
  const text = input === undefined ? "" : typeof input === "string" ? input : input.reveal();
  return spawnSync(command, moved(args, root), { input: text.slice(0, text.length - cut), encoding: "utf8" });
}

function moved(args: readonly string[], root: string): readonly string[] {
  return args.map((word) => (word.startsWith("/var/lib/outgrow/") ? join(root, word) : word));
}

const SHELLS = { dash: ["dash"], BusyBox: ["busybox", "sh"] };

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`${name}: put, put again, restore`, () => {
    using folder = tempFolder("put");
    const path = join(folder.path, "etc/rancher/it's a file.yaml");
    const run = (command: HostCommand) => assert.equal(runIn(shell, folder.path, command).status, 0);
    const file = { path, content: "one\n", mode: "0640", owner: "root:daemon" };
    run(putFile("r1", file));
    assert.equal(readFileSync(path, "utf8"), "one\n");
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.equal(statSync(path).gid, 1);
    run(putFile("r2", { ...file, content: new Secret("two without a newline"), mode: "0600" }));
    run(putFile("r2", { ...file, content: "three" }));
    assert.equal(readFileSync(path, "utf8"), "three");
    run(restoreFile("r2", path));
    assert.equal(readFileSync(path, "utf8"), "one\n");
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.equal(statSync(path).gid, 1);
    run(restoreFile("r2", path));
    run(restoreFile("r1", path));
    assert.ok(!existsSync(path));
    run(restoreFile("never", path));
    assert.deepEqual(readdirSync(join(folder.path, "etc/rancher")), []);
    assert.equal(statSync(join(folder.path, keptFolder("r2"))).mode & 0o777, 0o700);
  });

  test(`${name}: content that was cut off on its way changes nothing`, () => {
    using folder = tempFolder("put");
    const path = join(folder.path, "config.yaml");
    writeFileSync(path, "old");
    const { status, stderr } = runIn(
      shell,
      folder.path,
      putFile("r1", { path, content: "0123456789", mode: "0600", owner: "root:root" }),
      4,
    );
    assert.deepEqual([status, stderr], [75, "the content was cut off on its way\n"]);
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(readdirSync(folder.path).sort(), ["config.yaml", "var"]);
  });

  test(`${name}: ended while the content is on its way, nothing is changed and nothing left over; a cut of the power is made good`, async () => {
    using folder = tempFolder("put");
    const path = join(folder.path, "config.yaml");
    writeFileSync(path, "old");
    const put = putFile("r1", { path, content: "new", mode: "0600", owner: "root:root" });
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const [command = "", ...args] = [...shell, ...put.words.slice(1)];
      const child = spawn(command, moved(args, folder.path), {
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
      });
      const ended = once(child, "close");
      await waitFor("the file on its way", () => existsSync(`${path}.outgrow-new`) || undefined);
      process.kill(-(child.pid ?? 0), signal);
      await ended;
      assert.equal(readFileSync(path, "utf8"), "old");
      assert.equal(existsSync(`${path}.outgrow-new`), signal === "SIGKILL");
    }
    assert.equal(runIn(shell, folder.path, put).status, 0);
    assert.equal(readFileSync(path, "utf8"), "new");
    assert.deepEqual(readdirSync(folder.path).sort(), ["config.yaml", "var"]);
  });

  test(`${name}: a link stays a link`, () => {
    using folder = tempFolder("put");
    const [target, link] = [join(folder.path, "target"), join(folder.path, "resolv.conf")];
    writeFileSync(target, "old");
    symlinkSync(target, link);
    const put = putFile("r1", { path: link, content: "new", mode: "0644", owner: "root:root" });
    assert.equal(runIn(shell, folder.path, put).status, 0);
    assert.deepEqual([readlinkSync(link), readFileSync(target, "utf8")], [target, "new"]);
    assert.equal(runIn(shell, folder.path, restoreFile("r1", link)).status, 0);
    assert.deepEqual([readlinkSync(link), readFileSync(target, "utf8")], [target, "old"]);
  });

  test(`${name}: kept without a change, removed and brought back`, () => {
    using folder = tempFolder("put");
    const path = join(folder.path, "a%b");
    writeFileSync(path, "old", { mode: 0o604 });
    const run = (command: HostCommand) => assert.equal(runIn(shell, folder.path, command).status, 0);
    run(keepFile("r1", path));
    writeFileSync(path, "changed by another");
    run(removeFile("r1", path));
    assert.ok(!existsSync(path));
    run(restoreFile("r1", path));
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.equal(statSync(path).mode & 0o777, 0o604);
  });
}
