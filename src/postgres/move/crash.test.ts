import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { createGlaze, inGlaze, inMoved, labApplication } from "../../../lab/postgres/application.ts";
import { tell } from "../../../lab/postgres/configFile.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { runMoving } from "../../../lab/postgres/movingProcess.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { faultsOf, type Ledger, startWriters } from "../../../lab/postgres/writers.ts";
import { tempFolder } from "../../../lab/temp.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { bringBack, carryOver, observe } from "./move.ts";

/** Every point at all takes an hour; a few, spread over all of it, are tried each time. */
const isLong = process.env.OUTGROW_LONG !== undefined;
const SAMPLES = isLong ? Number.POSITIVE_INFINITY : 2;

/** So long that a busy machine does not let go of what it holds: nobody waits for it here. */
const HOLD_MS = 60_000;

const SCHEMA = `
  create table things (id int primary key, name text);
  insert into things select g, 'thing ' || g from generate_series(1, 500) g;
  create index things_name on things (name);
`;

describe("a tool that is killed", () => {
  const folder = tempFolder("crash");
  const configFile = join(folder.path, "side");
  let pair: LabPair;
  before(async () => {
    pair = await startPair({ from: 15, to: 17 });
  });
  after(async () => {
    await pair[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  // What a test that failed left behind shall not fail the next one.
  beforeEach(() => bringBack(moveOrder(pair)).catch(() => undefined));

  for (const verb of ["carryOver", "bringBack"] as const) {
    for (const ending of ["carryOver", "bringBack"] as const) {
      test(`in ${verb} at any deed, then ${ending}: one clean world, and no commit lost`, async () => {
        let runs = 0;
        const deeds = await begin(pair, verb, configFile);
        const points = sampled(deeds, SAMPLES);
        for (const dieAt of points) {
          await begin(pair, verb, configFile, dieAt);
          await endIn(pair, ending, configFile);
          runs++;
        }
        assert.equal(runs, points.length);
      });
    }
  }

  /** From a fresh start up to the death of `verb`; without one, gives how many chances to die there are. */
  async function begin(
    at: LabPair,
    verb: "carryOver" | "bringBack",
    file: string,
    dieAt?: number,
  ): Promise<number> {
    tell(file, "source");
    await createGlaze(at, SCHEMA);
    const order = moveOrder(at, { application: labApplication(at, file), holdLimitMs: HOLD_MS });
    if (verb === "bringBack") await carryOver(order);
    await using writers = startWriters({ endpoint: labApplication(at, file).endpoint, clients: 2 });
    await waitFor("commits", () => writers.count() > 10 || undefined);
    const result = await runMoving(order, {
      verb,
      configFile: file,
      ...(dieAt === undefined ? {} : { dieAt }),
    });
    assert.equal(result.error, null);
    assert.equal(result.signal, dieAt === undefined ? null : "SIGKILL");
    if (dieAt === undefined && verb === "carryOver") await bringBack(order);
    ledgers.push(await writers.stop());
    return result.deeds ?? 0;
  }

  /** The ledgers of the run that died and of the one that ends it. */
  const ledgers: Ledger[] = [];

  async function endIn(at: LabPair, ending: "carryOver" | "bringBack", file: string): Promise<void> {
    const application = labApplication(at, file);
    const order = moveOrder(at, { application, holdLimitMs: HOLD_MS });
    await using writers = startWriters({ endpoint: application.endpoint, clients: 2, first: 10 });
    await (ending === "carryOver" ? carryOver(order) : bringBack(order));
    const count = writers.count();
    await waitFor("commits in the end", () => writers.count() > count + 5 || undefined);
    const last = await writers.stop();
    const ledger = merged([...ledgers.splice(0).slice(-1), last]);
    const [side, look] =
      ending === "carryOver" ? (["target", inMoved] as const) : (["source", inGlaze] as const);
    assert.equal(application.pointsAt(), side);
    assert.deepEqual(await look(at, (client) => faultsOf(client, ledger)), []);
    if (ending === "bringBack") return;
    assert.deepEqual(await observe(order), { source: "closed", target: "open" });
    await bringBack(order);
  }
});

function sampled(count: number, samples: number): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  if (samples >= count) return all;
  // A different few each day would be a test that fails on its own; these are spread evenly.
  return Array.from({ length: samples }, (_, index) => Math.floor(((index + 0.5) * count) / samples));
}

function merged(ledgers: readonly Ledger[]): Ledger {
  const all = (key: "acknowledged" | "uncertain") => new Set(ledgers.flatMap((each) => [...each[key]]));
  return { acknowledged: all("acknowledged"), uncertain: all("uncertain"), longestGapMs: 0 };
}
