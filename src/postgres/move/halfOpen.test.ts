import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type FaultyProxy, startFaultyProxy } from "../../../lab/faultyProxy.ts";
import {
  createGlaze,
  inGlaze,
  type LabApplication,
  labApplication,
} from "../../../lab/postgres/application.ts";
import { commitFaults } from "../../../lab/postgres/commits.ts";
import { leftovers } from "../../../lab/postgres/leftovers.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import type { OutgrowError } from "../../model/error.ts";
import { openDatabase } from "../database.ts";
import { bringBack, carryOver, observe } from "./move.ts";
import type { MoveNews } from "./news.ts";
import type { MoveOrder } from "./order.ts";

/** So much that the first copy is still under way when its way is broken. */
const SCHEMA = `
  create table bulk (id int primary key, note text);
  insert into bulk select g, repeat(md5(g::text), 4) from generate_series(1, 200000) g;
`;

/** Elsewhere they are ten seconds and a minute: what is tried here is that a wait ends, not when. */
const ASK_AFTER_MS = 1_500;
const SETTINGS = {
  wal_sender_timeout: "3s",
  wal_receiver_timeout: "3s",
  wal_receiver_status_interval: "1s",
};
/** The servers go on by themselves, but for a table that is cut off in the one moment after which it does not know that it follows. */
const STRANDED_AT_MOST = /^$|^The copy to .* was cut off where it cannot go on; it was thrown away\.$/;

/** An attempt that does not end by itself fails. */
const PATIENCE_MS = 240_000;

/** Who connects, and to whom. */
type Way = "tool to source" | "tool to target" | ServerWay;
type ServerWay = "target to source" | "source to target";

const VERBS = { carryOver, bringBack };
type Verb = keyof typeof VERBS;

const MOMENTS = {
  "in the middle of the copy": (news: MoveNews) =>
    news.kind === "progress" && /bulk under way/.test(news.text),
  "while it follows": (news: MoveNews) => news.kind === "progress" && /tables compared/.test(news.text),
} as const;

/** What befalls every connection that there is on a way. */
const FAULTS = {
  "only the one who connected believes in it": (proxy: FaultyProxy) => proxy.halfOpenAll("client"),
  "only the server believes in it": (proxy: FaultyProxy) => proxy.halfOpenAll("server"),
  "only the server's end is closed": (proxy: FaultyProxy) => proxy.halfCloseAll(),
} as const;

type Blow = readonly [verb: Verb, way: Way, moment: keyof typeof MOMENTS, fault: keyof typeof FAULTS];

/** Attempts that are struck, one each, and what ends the move. */
interface Round {
  readonly blows: readonly Blow[];
  readonly ending: Verb;
}

const SOME: readonly Round[] = [
  {
    blows: [["carryOver", "tool to source", "in the middle of the copy", "only the server's end is closed"]],
    ending: "bringBack",
  },
  {
    blows: [
      ["carryOver", "tool to target", "while it follows", "only the one who connected believes in it"],
      ["carryOver", "target to source", "while it follows", "only the server believes in it"],
      ["bringBack", "tool to source", "while it follows", "only the one who connected believes in it"],
    ],
    ending: "bringBack",
  },
];

/** Each by itself takes a quarter of an hour. */
const rounds = process.env.OUTGROW_LONG === undefined ? SOME : allRounds();

describe("connections that are open at one end only", () => {
  let pair: LabPair;
  let ways: Readonly<Record<Way, FaultyProxy>>;
  const kept = new AsyncDisposableStack();
  before(async () => {
    pair = kept.use(
      await startPair({ from: 15, to: 17, sourceSettings: SETTINGS, targetSettings: SETTINGS }),
    );
    const to = async (side: "source" | "target") => kept.use(await startFaultyProxy(pair[side].server));
    ways = {
      "tool to source": await to("source"),
      "tool to target": await to("target"),
      "target to source": await to("source"),
      "source to target": await to("target"),
    };
    await createGlaze(pair, SCHEMA);
  });
  after(() => kept.disposeAsync());

  for (const { blows, ending } of rounds) {
    const name = blows.map(([verb, ...rest]) => `${verb}: ${rest.join(", ")}`).join("; ");
    test(`${name}; then ${ending}`, { timeout: PATIENCE_MS }, async () => {
      // What a test that failed left behind shall not fail the next one.
      await bringBack(moveOrder(pair)).catch(() => undefined);
      await inGlaze(pair, (client) => client.query("truncate entries, totals"));
      const application = labApplication(pair);
      const order = orderOf(application);
      await using writers = startWriters({ endpoint: application.endpoint, clients: 2 });
      for (const blow of blows) {
        if (blow[0] === "bringBack" && application.pointsAt() === "source") await carryOver(order);
        await strike(order, blow);
      }
      if (ending === "carryOver") {
        await carryOver(order);
        assert.deepEqual(await observe(order), { source: "closed", target: "open" });
        await writers.more(10, "on the target");
      }
      await bringBack(order);
      await writers.more(10, "at home");
      const ledger = await writers.stop();
      assert.deepEqual(await commitFaults(pair, "source", ledger), []);
      assert.deepEqual(await inGlaze(pair, leftovers), []);
    });
  }

  /** The tool says once, and clearly, which way was broken. */
  async function strike(order: MoveOrder, [verb, way, moment, fault]: Blow): Promise<void> {
    let isStruck = false;
    const tell = (news: MoveNews) => {
      if (isStruck || !MOMENTS[moment](news)) return;
      isStruck = true;
      FAULTS[fault](ways[way]);
    };
    const error = await VERBS[verb]({ ...order, tell }).then(
      () => null,
      (thrown: OutgrowError) => thrown,
    );
    assert.ok(isStruck, "it was not under way any more");
    if (way === "target to source" || way === "source to target")
      return assert.match(error?.message ?? "", STRANDED_AT_MOST);
    assert.equal(error?.code, "unreachable", String(error));
    const said = /^PostgreSQL \((?:glaze|postgres) at 127\.0\.0\.1:(\d+)\): (.*)$/.exec(error.message);
    assert.deepEqual([said?.[1], error.problems], [String(ways[way].port), []]);
  }

  function orderOf(application: LabApplication): MoveOrder {
    const { source, target, ...order } = moveOrder(pair);
    const to = (way: Way) => ({ port: ways[way].port });
    return {
      ...order,
      source: {
        ...source,
        admin: { ...source.admin, ...to("tool to source") },
        dial: { ...source.dial, ...to("target to source") },
      },
      target: {
        ...target,
        admin: { ...target.admin, ...to("tool to target") },
        dial: { ...target.dial, ...to("source to target") },
      },
      connect: (endpoint) => openDatabase(endpoint, ASK_AFTER_MS),
      application,
    };
  }
});

function allRounds(): readonly Round[] {
  const away = blowsOf("carryOver", "target to source", Object.keys(MOMENTS) as (keyof typeof MOMENTS)[]);
  const home = blowsOf("bringBack", "source to target", ["while it follows"]);
  return [
    ...away.flatMap((blow) =>
      (["carryOver", "bringBack"] as const).map((ending) => ({ blows: [blow], ending })),
    ),
    ...home.map((blow) => ({ blows: [blow], ending: "bringBack" as const })),
  ];
}

function blowsOf(
  verb: Verb,
  between: ServerWay,
  moments: readonly (keyof typeof MOMENTS)[],
): readonly Blow[] {
  const faults = Object.keys(FAULTS) as (keyof typeof FAULTS)[];
  return (["tool to source", "tool to target", between] as const).flatMap((way) =>
    moments.flatMap((moment) => faults.map((fault): Blow => [verb, way, moment, fault])),
  );
}
