import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze } from "../../../lab/postgres/application.ts";
import { startLookout, TALKATIVE } from "../../../lab/postgres/lookout.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { AWKWARD_PASSWORD, type LabPair, type LabSide, startPair } from "../../../lab/postgres/pair.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { Secret } from "../../model/secret.ts";
import { quoteName, quoteText } from "../quote.ts";
import { runNames } from "../runNames.ts";
import { scramVerifier } from "../scram.ts";
import { bringBack, carryOver } from "./move.ts";
import type { MoveOrder } from "./order.ts";
import { runPassword } from "./sides.ts";

const SCHEMA = `
  create table pots (id int primary key, glaze text);
  insert into pots select g, 'glaze ' || g from generate_series(1, 1000) g;
`;

for (const { hasAivenExtras, drivers } of [
  { hasAivenExtras: false, drivers: ["subscription", "offline"] },
  { hasAivenExtras: true, drivers: ["subscription"] },
] as const) {
  describe(`passwords, where the administrator may subscribe ${hasAivenExtras ? "through aiven_extras only" : "by itself"}`, () => {
    let pair: LabPair;
    /** Told from those of other tests on this machine, and found however the rest is quoted. */
    const words = { source: word(), target: word(), application: word() };
    before(async () => {
      pair = await startPair({
        from: 15,
        to: 17,
        hasAivenExtras,
        sourceSettings: TALKATIVE,
        targetSettings: TALKATIVE,
      });
      await createGlaze(pair);
      await setPassword(pair.source, "keeper", words.source);
      await setPassword(pair.source, "glaze", words.application);
      await setPassword(pair.target, "doadmin", words.target);
    });
    after(() => pair[Symbol.asyncDispose]());
    beforeEach(() => createGlaze(pair, SCHEMA));

    /** Everything that must be nowhere. */
    const secretsOf = ({ id, source, target }: MoveOrder) => ({
      ...words,
      "run on the source": runPassword(source, id).reveal(),
      "run on the target": runPassword(target, id).reveal(),
    });

    for (const driver of drivers) {
      test(`by ${driver} they are in no list of processes, no list of statements and no log, there and back`, async () => {
        const order = withPasswords(moveOrder(pair, { driver }), words);
        const lookout = await startLookout(pair, secretsOf(order));
        await carryOver(order);
        await bringBack(order);
        assert.deepEqual(await lookout.stop(), []);
        assert.ok(lookout.looks() > 20, `it looked ${lookout.looks()} times`);
        // On purpose, and for the same user's eyes only: `WITH_PASSWORD`.
        assert.deepEqual(
          lookout.variables().filter((variable) => variable !== "PGPASSWORD"),
          [],
        );
      });
    }

    test("a subscription that is refused tells none either, and its slot does not stay", async () => {
      const real = withPasswords(moveOrder(pair), words);
      const { host, tls } = real.source.dial;
      const order = { ...real, source: { ...real.source, dial: { host, tls, port: 1 } } };
      const lookout = await startLookout(pair, secretsOf(order));
      await assert.rejects(carryOver(order), /could not connect|connection to server/);
      const admin = await pair.source.superuser();
      const slots = await admin.query("select from pg_replication_slots where slot_name = $1", [
        runNames(order.id).forward,
      ]);
      await admin.end();
      assert.equal(slots.rowCount, 0);
      await bringBack(real);
      assert.deepEqual(await lookout.stop(), []);
    });

    test("one that is shown is seen", async () => {
      const order = withPasswords(moveOrder(pair), words);
      const secrets = secretsOf(order);
      const lookout = await startLookout(pair, secrets);
      const planted = spawn("sh", ["-c", "read -r _", "planted", secrets["run on the source"]], {
        env: { PLANTED: secrets.source },
        stdio: ["pipe", "ignore", "ignore"],
      });
      const client = await pair.target.superuser();
      await client.query(`select ${quoteText(`password=${secrets.target}`)}`);
      await waitFor("both", () => lookout.sightings().length > 1 || undefined);
      planted.stdin.end();
      await once(planted, "close");
      await client.query("select 1");
      await client.end();
      assert.deepEqual((await lookout.stop()).toSorted(), [
        "run on the source: argv of sh",
        "target: a statement on the target",
        "target: the log of the target",
      ]);
      assert.deepEqual(lookout.variables(), ["PLANTED"]);
    });
  });
}

function word(): string {
  return randomBytes(12).toString("hex");
}

/** As a verifier: who plants it must not be the one who shows it. */
async function setPassword(side: LabSide, role: string, unique: string): Promise<void> {
  const admin = await side.superuser();
  const verifier = scramVerifier(new Secret(AWKWARD_PASSWORD + unique));
  await admin.query(`alter role ${quoteName(role)} password ${quoteText(verifier)}`);
  await admin.end();
}

function withPasswords(
  order: MoveOrder,
  words: { readonly source: string; readonly target: string },
): MoveOrder {
  const side = (which: "source" | "target") => {
    const password = new Secret(AWKWARD_PASSWORD + words[which]);
    return { ...order[which], admin: { ...order[which].admin, password } };
  };
  return { ...order, source: side("source"), target: side("target") };
}
