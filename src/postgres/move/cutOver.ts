import { OutgrowError } from "../../model/error.ts";
import type { Secret } from "../../model/secret.ts";
import { allEnded } from "../allEnded.ts";
import { someOf } from "../catalog/compareSchema.ts";
import { assertSameSchema, type Sides, whyFailed } from "../catalog/drift.ts";
import { differingSequences, readSequences, setSequences } from "../catalog/sequences.ts";
import { readTables } from "../catalog/tables.ts";
import type { Database } from "../database.ts";
import { closeWrites, holdWrites, letGo } from "../fence/holdWrites.ts";
import { readRecord } from "../fence/record.ts";
import { assertNobody } from "../fence/sessions.ts";
import { endTimers, holdTimer } from "../fence/timer.ts";
import { quoteQualified } from "../quote.ts";
import { publishable, publishedTables } from "../replication/publication.ts";
import type { RunNames } from "../runNames.ts";
import type { ProgramLogin } from "../shell.ts";
import { compareLast, type Follower, proveDrained, type Stream } from "../verify/follower.ts";
import type { Meanwhile } from "../verify/whileWritten.ts";
import { inPhase } from "./inPhase.ts";
import type { MoveOrder, Side } from "./order.ts";

/** One way across: from the side that serves to the other. */
export interface CutOver {
  readonly order: MoveOrder;
  readonly names: RunNames;
  /** The sides, and which way. */
  readonly stream: Sides;
  /** The side that is fenced, and who may let go of it. */
  readonly side: Side;
  readonly login: ProgramLogin & { readonly password: Secret };
  /** Proves while writes are held that the other side is the same; throws when it is not. */
  readonly check: () => Promise<void>;
  /** What must stand before the first write on the other side; taken back when the cut-over fails. */
  readonly arm: () => Promise<void>;
  readonly disarm: () => Promise<void>;
  /** The last look: throws when somebody wrote all the same. */
  readonly checkSilence: () => Promise<void>;
  /** Writes on the other side that all is there, and in which hold it was proved: whoever decides may be lost with what it decided. */
  readonly attest: (hold: number) => Promise<void>;
  /** What the decision leads to. Safe to repeat: the next attempt begins with it. */
  readonly open: () => Promise<void>;
}

/**
 * From the last write here to the first one there. Whatever fails before the decision lets go of the hold, as the
 * timer on the host does if this process dies; the record's row lock decides between the two.
 */
export async function cutOver(cut: CutOver): Promise<void> {
  const { order, names } = cut;
  const { from } = cut.stream;
  const hold = ((await readRecord(from, names))?.hold ?? 0) + 1;
  await using kept = new AsyncDisposableStack();
  // Ended when writes are open again, not before: that takes a command on the host, and clients wait.
  kept.use(await startTimer(cut, hold));
  let isHeld = false;
  try {
    await inPhase(order, "fence", () => holdWrites(from, names));
    isHeld = true;
    await inPhase(order, "drain", () => assertNoPrepared(from));
    await cut.check();
    await inPhase(order, "arm-rollback", cut.arm);
    await cut.checkSilence();
    await assertNobody(from, names);
    const isDecided = await inPhase(order, "switch", async () => {
      await cut.attest(hold);
      return await closeWrites(from, names, hold);
    });
    if (!isDecided) throw tooLate(order, from);
  } catch (error) {
    const end = await giveUp(cut, hold);
    // Whoever cannot let go leaves it to the timer.
    if (end === "unknown") kept.move();
    // Rows that were written since look like a broken copy; who waited in vain knows better for what.
    const why = isHeld && end === "over" && !isTimeout(error) ? tooLate(order, from, error) : error;
    throw end === "decided" ? why : await whyFailed(cut.stream, why);
  }
  await cut.open();
}

/** How a hold ended: by us, by itself when its time was over, by the decision; `unknown`: no way leads there. */
type End = "let-go" | "over" | "decided" | "unknown";

/** Writes first, then the rest. If the answer to the decision was lost, it may stand: then nothing is taken back. */
async function giveUp(cut: CutOver, hold: number): Promise<End> {
  const { names, disarm } = cut;
  const { from } = cut.stream;
  const isOurs = await letGo(from, names, hold)
    .catch(() => letGoAnew(cut, hold))
    .catch(() => null);
  const record = await readRecord(from, names).catch(() => null);
  if (record !== null && record.writes !== "closed") await disarm().catch(() => undefined);
  if (isOurs === null) return "unknown";
  if (isOurs) return "let-go";
  return record?.writes === "open" ? "over" : "decided";
}

/** What has failed may be the way itself: a new one may lead there. */
async function letGoAnew({ order, names, side, login }: CutOver, hold: number): Promise<boolean> {
  await using from = await order.connect({ ...side.admin, ...login });
  return await letGo(from, names, hold);
}

function isTimeout(error: unknown): boolean {
  return error instanceof OutgrowError && error.code === "timeout";
}

/** An attempt that died left its timer: one that had not held writes yet, for the hold of the same number. */
async function startTimer({ order, names, side, login }: CutOver, hold: number): Promise<AsyncDisposable> {
  await order.shell(endTimers(names));
  const timer = holdTimer(side.programs, names, login, hold, order.holdLimitMs);
  const { code, stderr } = await order.shell(timer);
  if (code !== 0)
    throw new OutgrowError("command", `The timer that lets go of writes did not start: ${stderr.trim()}`);
  return {
    async [Symbol.asyncDispose]() {
      await order.shell(endTimers(names)).catch(() => undefined);
    },
  };
}

/** For a follower: everything has arrived, and what was still open is equal. `beside`: other sessions of the two sides, for clients wait. */
export async function checkFollowed(
  order: MoveOrder,
  follower: Follower,
  beside: Meanwhile["beside"],
  moreToCheck: () => Promise<void>,
): Promise<void> {
  const { from, to } = follower.stream;
  await inPhase(order, "prove", () => proveDrained(follower, order.holdLimitMs));
  await inPhase(order, "sequences", () => carrySequences(from, to));
  await inPhase(order, "verify", () =>
    allEnded([checkRows(follower, moreToCheck), assertSameSchema({ ...follower.stream, ...beside })]),
  );
}

async function checkRows(follower: Follower, moreToCheck: () => Promise<void>): Promise<void> {
  await compareLast(follower);
  await assertAllFollowed(follower.stream);
  await moreToCheck();
}

/** A prepared transaction is no session and would commit later: https://www.postgresql.org/docs/current/sql-prepare-transaction.html */
async function assertNoPrepared(from: Database): Promise<void> {
  const left = await from.query<{ gid: string }>(
    "select gid from pg_prepared_xacts where database = current_database()",
  );
  if (left.length === 0) return;
  throw new OutgrowError(
    "blocked",
    `${from.place} has prepared transactions: ${left.map(({ gid }) => gid).join(", ")}.`,
    {
      hint: "COMMIT PREPARED or ROLLBACK PREPARED each of them, then run it again. Nothing was changed.",
    },
  );
}

export async function carrySequences(from: Database, to: Database): Promise<void> {
  await setSequences(to, await readSequences(from));
  const [here, there] = await Promise.all([readSequences(from), readSequences(to)]);
  const wrong = differingSequences(here, there);
  if (wrong.length > 0) throw new OutgrowError("verify", `The sequences are not the same: ${someOf(wrong)}.`);
}

async function assertAllFollowed({ from, publication, ifChanged }: Stream): Promise<void> {
  const tables = await readTables(from);
  const known = new Set((await publishedTables(from, publication)).map(quoteQualified));
  const missing = publishable(tables)
    .map(quoteQualified)
    .filter((name) => !known.has(name));
  if (missing.length === 0) return;
  throw new OutgrowError(
    "drift",
    `These tables came after the copy began and are not followed: ${missing.join(", ")}.`,
    { hint: ifChanged },
  );
}

/** Throws `timeout` when writes go on again: nothing more that is compared would prove anything. */
export async function assertHeld(order: MoveOrder, from: Database, names: RunNames): Promise<void> {
  if ((await readRecord(from, names))?.writes !== "held") throw tooLate(order, from);
}

function tooLate({ holdLimitMs }: MoveOrder, { place }: Database, cause?: unknown): OutgrowError {
  return new OutgrowError(
    "timeout",
    `The time limit of ${holdLimitMs / 1000} s passed before the switch: writes to ${place} are open again, nothing was changed.`,
    {
      hint: "Run it again at a quieter hour; where rows are copied while nobody can write, plan anew first: the limit goes with the size.",
      cause,
    },
  );
}
