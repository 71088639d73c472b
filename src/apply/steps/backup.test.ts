import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { type HostsLab, startHosts } from "../../../lab/hosts/start.ts";
import { tempFolder } from "../../../lab/temp.ts";
import type { HostSession } from "../../hosts/session.ts";
import { createSshSession } from "../../hosts/sshSession.ts";
import { sshTarget } from "../../hosts/target.ts";
import { fetchFile, hashOf, packServer } from "../backup/archive.ts";
import { checkDatastore } from "../backup/datastore.ts";
import { readManifest } from "../backup/manifest.ts";
import type { World } from "../world.ts";
import { backup } from "./backup.ts";

const TOKEN = "K10aaaa::server:secret-of-the-server";
const SERVER = "/var/lib/rancher/k3s/server";

let lab: HostsLab;
let session: HostSession;
before(async () => {
  lab = await startHosts();
  session = createSshSession(
    sshTarget({ name: "glaze-prod", destination: "glaze-prod" }, { configFile: lab.sshConfigFile }),
  );
  await lab.prod.run("mkdir", ["-p", `${SERVER}/db`, "/etc/rancher/k3s"]);
  await lab.prod.run("sh", ["-c", `cat >${SERVER}/token`], TOKEN);
  using folder = tempFolder("datastore");
  writeDatastore(join(folder.path, "state.db"), 500);
  const database = readFileSync(join(folder.path, "state.db")).toString("base64");
  await lab.prod.run("sh", ["-c", `base64 -d >${SERVER}/db/state.db`], database);
});
after(async () => {
  await session?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

test("datastore, token and firewall, off the host, whole and for its owner alone", async () => {
  using folder = tempFolder("backup");
  const task = taskIn(folder.path);
  assert.equal((await backup.probe(task)).state, "todo");
  await backup.run(task);
  const outputs = await backup.verify(task);
  assert.deepEqual(
    outputs.files.map(({ path }) => path),
    ["glaze-prod.tar.gz", "glaze-prod.nft"],
  );
  assert.deepEqual(await backup.probe(task), { state: "done", outputs });

  const archive = join(outputs.folder, "glaze-prod.tar.gz");
  assert.equal(statSync(outputs.folder).mode & 0o777, 0o700);
  assert.equal(statSync(archive).mode & 0o777, 0o600);
  execFileSync("tar", ["-xzf", archive, "-C", folder.path]);
  assert.equal(readFileSync(join(folder.path, "token"), "utf8"), TOKEN);
  assert.equal(rowsIn(join(folder.path, "datastore/state.db")), 500);
  assert.equal(readFileSync(join(outputs.folder, "glaze-prod.nft"), "utf8"), await lab.prod.ruleset());
  assert.equal(
    await lab.prod.run("ls", ["/var/lib/outgrow/aaaaaaaaaaa1"]),
    "",
    "nothing secret stays behind on the host",
  );
  assert.doesNotMatch(JSON.stringify(outputs), /secret-of-the-server/);
});

test("a backup that was cut off leaves nothing secret on the host once it is undone", async () => {
  using folder = tempFolder("backup");
  const task = taskIn(folder.path);
  const there = "/var/lib/outgrow/aaaaaaaaaaa1";
  await packServer(session, `${there}/backup`);
  assert.equal(await lab.prod.run("ls", [there]), "backup\n");
  await backup.undo(task);
  assert.equal(await lab.prod.run("ls", [there]), "");
});

test("a backup that lost a file, or a byte, is none", async () => {
  using folder = tempFolder("backup");
  const task = taskIn(folder.path);
  await backup.run(task);
  const { folder: made } = await backup.verify(task);
  const archive = join(made, "glaze-prod.tar.gz");
  const content = readFileSync(archive);
  truncateSync(archive, content.length - 1);
  await assert.rejects(backup.verify(task), {
    code: "verify",
    message: `The backup in ${made} is not whole.`,
  });
  assert.equal((await backup.probe(task)).state, "todo");
  await backup.run(task);
  rmSync(join(made, "glaze-prod.nft"));
  assert.equal(readManifest(made), null);
});

test("without sqlite3 and python3 the files are copied between two writes", async () => {
  await lab.prod.run("cp", ["/usr/bin/python3", "/root/writer"]);
  for (const tool of ["sqlite3", "python3"]) await lab.prod.run("rm", ["-f", `/usr/bin/${tool}`]);
  const [program, ...words] = lab.prod.inside("/root/writer", ["-c", WRITER, `${SERVER}/db/state.db`]);
  const writer = spawn(program, words, { stdio: "ignore" });
  try {
    using folder = tempFolder("backup");
    const task = taskIn(folder.path);
    await backup.run(task);
    const { folder: made } = await backup.verify(task);
    execFileSync("tar", ["-xzf", join(made, "glaze-prod.tar.gz"), "-C", folder.path]);
    assert.ok(rowsIn(join(folder.path, "datastore/state.db")) >= 500);
  } finally {
    writer.kill("SIGKILL");
  }
});

/** Writes every 0.7 s: a copy is a fraction of a second long. */
const WRITER = `import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
while True:
    database.execute("INSERT INTO kine (name, value) VALUES ('/later', randomblob(500))")
    time.sleep(0.7)
`;

test("a host without a server, and one whose datastore is elsewhere, are told apart", async () => {
  using folder = tempFolder("backup");
  await lab.prod.run("mv", [SERVER, `${SERVER}.away`]);
  await assert.rejects(backup.run(taskIn(folder.path)), {
    message: /there is no k3s server here: .* is not there/,
  });
  await lab.prod.run("mkdir", ["-p", `${SERVER}/db`]);
  await assert.rejects(backup.run(taskIn(folder.path)), {
    message: /k3s keeps it elsewhere, and a backup of it must come from there/,
  });
});

test("a copy that cannot be opened fails the step", () => {
  using folder = tempFolder("backup");
  const pack = (change: (file: string) => void) => {
    const file = join(folder.path, "datastore/state.db");
    rmSync(join(folder.path, "datastore"), { recursive: true, force: true });
    execFileSync("mkdir", ["-p", join(folder.path, "datastore")]);
    writeDatastore(file, 200);
    change(file);
    return execFileSync("tar", ["-czf", "-", "-C", folder.path, "datastore"], { maxBuffer: 1 << 26 });
  };
  checkDatastore(pack(() => undefined));
  const refused = (change: (file: string) => void) =>
    assert.throws(() => checkDatastore(pack(change)), { code: "verify" });
  refused((file) => truncateSync(file, statSync(file).size / 2));
  refused((file) => writeFileSync(file, "not a database"));
  refused((file) => {
    const database = new DatabaseSync(file);
    database.exec("DELETE FROM kine");
    database.close();
  });
});

test("what arrives changed is noticed", async () => {
  const content = Buffer.from("the archive");
  const said = (bytes: Buffer): HostSession => ({
    name: "glaze-prod",
    run: async () => ({ code: 0, stdout: bytes.toString("base64"), stderr: "" }),
    another: () => {
      throw new Error("one connection is enough");
    },
    forward: () => {
      throw new Error("nothing is forwarded");
    },
    [Symbol.asyncDispose]: async () => undefined,
  });
  const archive = { path: "/a", bytes: content.length, sha256: hashOf(content), method: "files" };
  assert.deepEqual(await fetchFile(said(content), archive, () => undefined), content);
  await assert.rejects(
    fetchFile(said(Buffer.from("the archivE")), archive, () => undefined),
    {
      code: "bad-answer",
      message: "/a on glaze-prod arrived changed.",
    },
  );
});

function taskIn(folder: string) {
  const world = { folder, host: async () => session } as unknown as World;
  return {
    id: "backup",
    params: { server: "glaze-prod", hosts: ["glaze-prod"] },
    before: {},
    attempt: "aaaaaaaaaaa1",
    world,
    say: () => undefined,
  };
}

/** As kine makes it, in WAL mode and with part of it still in the log. */
function writeDatastore(file: string, rows: number): void {
  const database = new DatabaseSync(file);
  database.exec(
    "PRAGMA journal_mode=WAL; CREATE TABLE kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, value BLOB)",
  );
  const insert = database.prepare("INSERT INTO kine (name, value) VALUES (?, randomblob(300))");
  for (let row = 0; row < rows; row++) insert.run(`/registry/pods/default/${row}`);
  database.close();
}

function rowsIn(file: string): number {
  const database = new DatabaseSync(file);
  try {
    return (database.prepare("SELECT count(*) AS rows FROM kine").get() as { rows: number }).rows;
  } finally {
    database.close();
  }
}
