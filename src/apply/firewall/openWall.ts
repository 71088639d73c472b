import { randomUUID } from "node:crypto";
import { putFile, restoreFile } from "../../hosts/keptFile.ts";
import type { HostSession } from "../../hosts/session.ts";
import { OutgrowError } from "../../model/error.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { mustRun } from "../mustRun.ts";
import type { StepTask } from "../stepKind.ts";
import {
  callOff,
  checkRules,
  confirm,
  type Guard,
  keepTable,
  loadGuarded,
  takeBackRules,
  takeBackTable,
} from "./guard.ts";
import {
  lookAtLoaded,
  lookAtWall,
  textOf,
  type WallLook,
  type WallParams,
  whyForeign,
} from "./lookAtWall.ts";
import { filesFeeding, OWN_FILE, OWN_UNIT, OWN_UNIT_TEXT, readWhole } from "./persisted.ts";
import { hasRules, withoutRules, withRules } from "./ruleFile.ts";
import { type OpenedChain, OWN_TABLE, openingScript, ownTable, ruleText } from "./rules.ts";
import { distinctChains, rulesOf } from "./wall.ts";

/** Whoever opens a wall: the step that is for it, or one that needs it open for a while. */
type Task = Pick<StepTask<"firewall-open">, "attempt" | "world" | "say"> & { readonly params: WallParams };

export async function openWall(task: Task, limitMs: Millis): Promise<void> {
  const session = await task.world.host(task.params.host);
  await mustRun(session, callOff(task.attempt));
  const look = await lookAtWall(task);
  const foreign = whyForeign(look);
  if (foreign !== null) throw new OutgrowError("blocked", foreign.why, { hint: foreign.fix });
  const guard = { attempt: task.attempt, id: randomUUID().slice(0, 8), limitMs };
  const isBegun = rulesOf(look.wall, task.attempt).some(({ table }) => table === OWN_TABLE);
  if (look.needsTable || isBegun) await openOwnTable(task, look, guard);
  else await openChains(task, look, guard);
}

async function openChains(task: Task, look: WallLook, guard: Guard): Promise<void> {
  const { attempt } = task;
  const { session, wall } = look;
  const stale = rulesOf(wall, attempt);
  const chains = distinctChains([...wall.dropping, ...stale]);
  if (chains.length === 0) return;
  const opened = chains.map((chain) => {
    const hook = wall.ruleset.chain(chain, chain.name)?.base?.hook ?? null;
    return { chain, rules: wall.entries.map((entry) => ruleText(entry, attempt, hook)) };
  });
  const script = openingScript(opened, stale);
  const files = await newFiles(task, look, opened);
  await mustRun(session, checkRules(script));
  for (const { content } of files) await mustRun(session, checkRules(content));
  await loadAndConfirm(task, session, guard, script, takeBackRules(chains, attempt));
  for (const file of files) await mustRun(session, putFile(attempt, file));
}

/** Every file that feeds one of the chains, with our lines at its top. */
async function newFiles(task: Task, { session, facts }: WallLook, opened: readonly OpenedChain[]) {
  const paths = new Set(opened.flatMap(({ chain }) => filesFeeding(facts, chain)));
  return Promise.all(
    [...paths].map(async (path) => {
      const file = await readWhole(session, path);
      const bare = withoutRules(file.content, task.attempt);
      const content = opened.reduce((text, { chain, rules }) => withRules(text, chain, rules) ?? text, bare);
      return { ...file, content };
    }),
  );
}

async function openOwnTable(task: Task, { session, wall }: WallLook, guard: Guard): Promise<void> {
  const { attempt } = task;
  const table = ownTable(wall.entries, attempt);
  await mustRun(session, checkRules(table));
  await mustRun(session, keepTable(attempt));
  await loadAndConfirm(task, session, guard, table, takeBackTable(attempt));
  const file = { mode: "0644", owner: "root:root" };
  await mustRun(session, putFile(attempt, { ...file, path: OWN_UNIT, content: OWN_UNIT_TEXT }));
  await mustRun(session, enable("enable"));
  // Last: whoever looks takes it for the sign that all of it will be there after the next boot.
  await mustRun(session, putFile(attempt, { ...file, path: OWN_FILE, content: table }));
}

/** Without systemd whoever started the host loads the file. An undo that was cut off may have taken the unit away already. */
function enable(verb: "enable" | "disable") {
  const script = `command -v systemctl >/dev/null || exit 0; [ -e ${OWN_UNIT} ] || exit 0; systemctl daemon-reload && systemctl ${verb} outgrow-firewall.service`;
  return { words: ["sh", "-c", script], effect: "changes" } as const;
}

async function loadAndConfirm(
  { params, world, say }: Task,
  session: HostSession,
  guard: Guard,
  rules: string,
  undo: string,
): Promise<void> {
  const deadline = world.now() + guard.limitMs;
  await mustRun(session, loadGuarded(guard, rules, undo));
  say(
    `waiting for a new connection to ${params.host}, which takes the rules back in ${guard.limitMs / SECOND} s otherwise`,
  );
  let cause: unknown;
  do {
    // A connection that is already there proves nothing: the kernel lets it go on.
    await using fresh = session.another();
    try {
      await mustRun(fresh, confirm(guard));
      return;
    } catch (error) {
      cause = error;
    }
    await world.sleep(SECOND);
  } while (world.now() < deadline);
  throw new OutgrowError(
    "verify",
    `${params.host} let no new connection in after its rules were loaded: it takes them back by itself within ${guard.limitMs / SECOND} s.`,
    {
      hint: cause instanceof OutgrowError ? cause.message : undefined,
      cause,
    },
  );
}

/** An attempt whose rules stand on a host, wherever they are. */
export interface OpenedWall extends Pick<Task, "attempt" | "world"> {
  readonly params: { readonly host: string };
}

/** Whether anything is left of what the attempt has put in, loaded or in a file. */
export async function isWallOpened({ params, attempt, world }: OpenedWall): Promise<boolean> {
  const { facts, ruleset } = await lookAtLoaded(params.host, world);
  return (
    rulesOf({ ruleset }, attempt).length > 0 || facts.files.some(({ text }) => hasRules(text ?? "", attempt))
  );
}

/** Takes out what the attempt has put in, by its name alone, and nothing else: the rest may have changed meanwhile. */
export async function restoreWall({ params, attempt, world }: OpenedWall): Promise<void> {
  await mustRun(await world.host(params.host), callOff(attempt));
  const { session, facts, ruleset } = await lookAtLoaded(params.host, world);
  const chains = distinctChains(rulesOf({ ruleset }, attempt));
  const isOwn = hasRules(textOf(facts, OWN_FILE), attempt) || chains.some(({ table }) => table === OWN_TABLE);
  if (isOwn) {
    await mustRun(session, enable("disable"));
    for (const path of [OWN_FILE, OWN_UNIT]) await mustRun(session, restoreFile(attempt, path));
  }
  const undo = isOwn ? takeBackTable(attempt) : takeBackRules(chains, attempt);
  if (chains.length > 0) await mustRun(session, { words: ["sh", "-c", undo], effect: "changes" });
  for (const { path, text } of facts.files) {
    if (path === OWN_FILE || text === null || !hasRules(text, attempt)) continue;
    const file = await readWhole(session, path);
    await mustRun(session, putFile(attempt, { ...file, content: withoutRules(file.content, attempt) }));
  }
}
