import assert from "node:assert/strict";
import { NEVER_READY } from "../../lab/kube/controllers/kubelets.ts";
import { createGlaze, inClosed, inMoved } from "../../lab/postgres/application.ts";
import { databaseUrl } from "../../lab/postgres/clusterMove.ts";
import { leftovers } from "../../lab/postgres/leftovers.ts";
import { timersOf } from "../../lab/postgres/timers.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { ask, MERGE_PATCH } from "../../src/kube/ask.ts";
import type { MoveLab } from "../apply/moveScene.ts";
import type { Said } from "./commandLine.ts";
import type { GlazeStage } from "./movedGlaze.ts";

/** What finish is told. */
export const FOR_GOOD = ["--allow", "point-of-no-return"];
export const LOST = [...FOR_GOOD, "--old-server-lost"];
export const LATER_LOST = [...LOST, "--later-rows-lost"];

const THINGS = 500;
export const SCHEMA = `
  create table things (id int generated always as identity primary key, name text);
  insert into things (name) select 'thing ' || g from generate_series(1, ${THINGS}) g;
`;

/** It stopped for somebody, and said this. */
export function assertStopped({ code, stdout }: Said, ...lines: readonly string[]): void {
  assert.deepEqual([code, stdout], [4, [...lines, ""].join("\n")]);
}

/** A run that dies where it says this. */
export async function brokenOff(
  { outgrow, when }: GlazeStage,
  words: RegExp,
  ...argv: readonly string[]
): Promise<Said> {
  let isBroken = false;
  when(words, () => {
    isBroken = true;
    throw new Error("broken off");
  });
  const said = await outgrow.run(...argv);
  assert.ok(isBroken, `${said.stdout}${said.stderr}`);
  assert.notEqual(said.code, 0);
  return said;
}

/** It says what went and what could not, nothing of the move is left, and nobody offers it again. */
export async function assertFinished(
  stage: GlazeStage,
  lab: MoveLab,
  { code, stdout, stderr }: Said,
  { steps = 2, touched = false } = {},
): Promise<void> {
  const name = /role (outgrow_\w+)/.exec(stdout)?.[1] ?? "";
  const id = name.replace("outgrow_", "");
  assert.deepEqual(
    [code, stdout],
    [
      0,
      [
        steps === 1 ? "Done: 1 step." : `Done: ${steps} steps.`,
        removed(name, touched ? [`slot ${name}_touched`] : []),
        `  Removed from the cluster: Secret default/outgrow-before-${id}.`,
        notRemoved(name),
        "",
      ].join("\n"),
    ],
    stderr,
  );
  assert.deepEqual(await onTarget(lab), []);
  assert.equal(timersOf(id), 0);
  const { objects } = await stage.scene.lab.snapshot();
  const ours = objects.map(({ metadata }) => metadata.name).filter((each) => each.includes(id));
  assert.deepEqual(ours, []);
  for (const words of [LOST, FOR_GOOD]) {
    const again = await stage.outgrow.run("finish", ...words);
    assert.deepEqual([again.code, again.stderr], [0, "No way back is held open.\n"]);
  }
  const back = await stage.outgrow.run("undo");
  assert.equal(
    back.stdout,
    "0 steps taken back. postgres-finish/glaze is where the way back ends: it cannot be undone.\n",
  );
}

/** Every row is there, the application is led to it and may write. */
export async function assertServes(stage: GlazeStage, lab: MoveLab): Promise<void> {
  assert.equal((await databaseUrl(stage.scene.kube)).hostname, "localhost");
  assert.equal(await mayLogIn(lab), true);
  await inMoved(lab.pair, async (client) => {
    await client.query("set role glaze");
    const { rows: more } = await client.query("insert into things (name) values ('more') returning id");
    assert.ok(more[0].id > THINGS, `${more[0].id}`);
    const { rows } = await client.query("select count(*)::int as count from things");
    assert.deepEqual(rows, [{ count: THINGS + 1 }]);
  });
}

export async function mayLogIn({ pair }: MoveLab): Promise<boolean> {
  return await inMoved(pair, async (client) => {
    const { rows } = await client.query("select rolcanlogin as may from pg_roles where rolname = 'glaze'");
    return rows[0]?.may;
  });
}

/** The old server as it was before the move. */
export async function bringBackup({ pair }: MoveLab, attempt: string): Promise<void> {
  const name = `outgrow_${attempt}`;
  await inClosed(pair, attempt, async (client) => {
    await client.query(`alter subscription ${name}_back disable`);
    await client.query(`alter subscription ${name}_back set (slot_name = none)`);
    await client.query(`drop subscription ${name}_back`);
    await client.query(`select ${name}.reopen()`);
  });
  const admin = await pair.source.superuser();
  await admin.query(`alter role ${name} nologin`);
  await waitFor("the slots of the move to be free", async () => {
    await admin.query("select pg_terminate_backend(active_pid) from pg_replication_slots where active");
    const { rows } = await admin.query("select from pg_replication_slots where active");
    return rows.length === 0 || undefined;
  });
  await admin.query("select pg_drop_replication_slot(slot_name) from pg_replication_slots");
  await createGlaze(pair, SCHEMA);
  await admin.query(`drop role ${name}`);
  await admin.end();
}

export async function isFetched({ pair }: MoveLab): Promise<true | undefined> {
  return await inMoved(pair, async (client) => {
    const { rows } = await client.query("select from pg_replication_slots where active");
    return rows.length > 0 || undefined;
  });
}

export async function onTarget({ pair }: MoveLab): Promise<readonly string[]> {
  return (await inMoved(pair, leftovers)).toSorted();
}

export async function setReady({ scene }: GlazeStage, isReady: boolean): Promise<void> {
  const path = "/apis/apps/v1/namespaces/default/deployments/web";
  const annotations = { [NEVER_READY]: isReady ? null : "true" };
  const body = { spec: { template: { metadata: { annotations } } } };
  await ask(scene.kube, { method: "PATCH", path, contentType: MERGE_PATCH, body });
}

export async function takePodAway({ scene }: Pick<GlazeStage, "scene">): Promise<void> {
  const path = "/apis/apps/v1/namespaces/default/statefulsets/glaze-postgres";
  await ask(scene.kube, { method: "DELETE", path });
}

export function withoutTime(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, "THEN").replace(/within \d+ s/, "within 20 s");
}

export function undecided(words: readonly string[]): string {
  const given = words.filter((word) => word !== "--later-rows-lost");
  return [
    "Stopped at postgres-move/glaze: localhost has every row of glaze up to THEN, proved while nobody could write. Whether it was to serve from then on, " +
      "default/glaze-postgres alone knew; if not, that one took writes again within 20 s, until it was lost, and those rows are not on localhost.",
    "  fix: If a backup of default/glaze-postgres has later rows, bring it back from there, and take the move back: outgrow undo. That drops the copy.",
    `  If not, glaze on localhost is what there is: outgrow finish ${words.join(" ")}`,
    `  Then go on: outgrow finish ${flagsOf(given)} --allow point-of-no-return`,
    "",
  ].join("\n");
}

export function notWhole(words: readonly string[]): string {
  return [
    "Stopped at postgres-move/glaze: The copy of glaze on localhost was never proved to be whole: rows that default/glaze-postgres had may be missing, so it is not opened.",
    "  fix: If default/glaze-postgres runs, go on (outgrow apply) or back (outgrow undo). If it is lost, its backup is the only way: bring it back from there, and take the move back: outgrow undo.",
    "  Until then what has come over stays in the database glaze on localhost, should you need to read it.",
    `  Then go on: outgrow finish ${flagsOf(words)} --allow point-of-no-return`,
    "",
  ].join("\n");
}

function flagsOf(words: readonly string[]): string {
  return words.filter((word) => word.endsWith("-lost") || word === "--without-cluster").join(" ");
}

export function removed(name: string, more: readonly string[] = []): string {
  const things = [`role ${name}`, `slot ${name}_back`, ...more, `publication ${name}_back`, `schema ${name}`];
  return `  Removed from localhost: ${things.join(", ")}.`;
}

export function notRemoved(name: string): string {
  return (
    `  Not removed, since default/glaze-postgres is lost: role ${name}, slot ${name}_forward, slot ${name}_touched, publication ${name}_forward, subscription ${name}_back, schema ${name}. ` +
    "Should it ever run again, keep the application from it, and drop its slots, for which it keeps changes until its disk is full. " +
    `It may let nobody in; to read its old rows open it in single-user mode (postgres --single): SELECT ${name}.reopen();`
  );
}
