import type { KubeApi } from "../../kube/api.ts";
import { OutgrowError } from "../../model/error.ts";
import type { ApplicationPlaces } from "../../model/steps/postgres-move.ts";
import { sha256 } from "../../store/hash.ts";
import { awaitWritten, keepWritten, templatesBack } from "./externalSwitch.ts";
import type { Holder, HolderName } from "./held.ts";
import { isTemplate, readHolder, titleOf, writeHolder } from "./holder.ts";
import { createKeptTexts, type KeptTexts, keptSecret } from "./keptTexts.ts";
import { awaitRollouts } from "./rollouts.ts";
import type { SwitchParts } from "./switchParts.ts";
import { changesTo, type PlannedHolder, plannedHolders } from "./texts.ts";

/** Why the application cannot be told another address, each with what to do; empty when it can. Changes nothing. */
export async function switchObstacles(parts: SwitchParts): Promise<readonly string[]> {
  const found = parts.places.obstacles.map(({ why, fix }) => `${why}. ${fix}`);
  for (const planned of plannedHolders(parts.places)) {
    const { obstacle } = changesTo(planned, await readHolder(parts.world.kube, planned.name), parts);
    if (obstacle !== null) found.push(`${obstacle}.`);
  }
  return found;
}

/** Whether any place still names the server in the cluster. */
export async function namesSource(parts: SwitchParts): Promise<boolean> {
  for (const planned of plannedHolders(parts.places)) {
    const { changes } = changesTo(planned, await readHolder(parts.world.kube, planned.name), parts);
    if (Object.keys(changes).length > 0) return true;
  }
  return false;
}

/**
 * Tells the application the new address: what each place said is kept first, then it is changed, then whoever
 * reads it is restarted, and it is waited for until no pod of before is left. Safe to repeat from anywhere.
 */
export async function switchToTarget(parts: SwitchParts): Promise<void> {
  const { kube } = parts.world;
  const obstacles = await switchObstacles(parts);
  if (obstacles.length > 0) throw blocked(obstacles);
  const kept = createKeptTexts(kube, parts.attempt);
  const edit = async (planned: PlannedHolder, holder: Holder) => {
    const { changes } = changesTo(planned, holder, parts);
    const before = Object.keys(changes).map((place) => [place, holder.texts[place] ?? ""] as const);
    if (before.length > 0) await kept.keep(holder.name, Object.fromEntries(before));
    if (before.length > 0) await keepWritten(planned, holder, kept);
    return changes;
  };
  await editAll(parts, "target", edit);
}

/**
 * Puts back what was kept. A place that was changed by hand since then is left as it is: what is in it now was
 * meant, and only whoever meant it can say what it should be with the old address.
 */
export async function switchToSource(parts: SwitchParts): Promise<void> {
  const kept = createKeptTexts(parts.world.kube, parts.attempt);
  const changed: string[] = [];
  const remote: string[] = [];
  await editAll(parts, "source", async (planned, holder) => {
    if (holder.external === null) return oldTexts(planned, holder, kept, parts, changed);
    const back = await templatesBack(planned, holder, kept, parts);
    changed.push(...back.changed);
    remote.push(...back.remote);
    return back.texts;
  });
  if (changed.length > 0) throw changedByHand(changed, parts);
  if (remote.length > 0) throw changedRemotely(remote);
  await forgetSource(parts);
}

/** What was kept for the way back goes. Safe to repeat. */
export async function forgetSource({ world, attempt, places }: SwitchParts): Promise<void> {
  await createKeptTexts(world.kube, attempt).forget(namespacesOf(places));
}

/** Where it is kept what the application was told before; empty when it cannot be told so any more. */
export async function sourceMemories({ world, attempt, places }: SwitchParts): Promise<readonly string[]> {
  return createKeptTexts(world.kube, attempt).secretsIn(namespacesOf(places));
}

function namespacesOf(places: ApplicationPlaces): readonly string[] {
  return plannedHolders(places).map(({ name }) => name.namespace);
}

async function oldTexts(
  planned: PlannedHolder,
  holder: Holder,
  kept: KeptTexts,
  parts: SwitchParts,
  changed: string[],
): Promise<Readonly<Record<string, string>>> {
  const before = await kept.of(holder.name);
  const ours = changesTo(planned, { ...holder, texts: { ...holder.texts, ...before } }, parts).changes;
  const places = Object.keys(before).filter((place) => holder.texts[place] !== before[place]);
  const others = places.filter((place) => holder.texts[place] !== ours[place]);
  const lost = others.filter((place) => holder.texts[place]?.includes(parts.target.host));
  changed.push(...lost.map((place) => `${titleOf(holder.name)}, ${place}`));
  const mine = places.filter((place) => !others.includes(place));
  return Object.fromEntries(mine.map((place) => [place, before[place] ?? ""]));
}

type Edit = (planned: PlannedHolder, holder: Holder) => Promise<Readonly<Record<string, string>>>;

async function editAll(parts: SwitchParts, side: "source" | "target", edit: Edit): Promise<void> {
  const { places, world, say } = parts;
  const holders = plannedHolders(places);
  const objects = holders.filter(({ name }) => !isTemplate(name));
  const externals = objects.filter(({ name }) => name.kind === "ExternalSecret");
  for (const planned of externals) await written(planned, world.kube, edit, async () => null);
  if (side === "target") await awaitWritten(externals, parts);
  for (const planned of objects.filter((each) => !externals.includes(each))) {
    await written(planned, world.kube, edit, async () => null);
  }
  const rolling: HolderName[] = [];
  for (const planned of holders.filter(({ name }) => isTemplate(name))) {
    const isTold = await written(planned, world.kube, edit, (holder) => markOf(holder, side, parts));
    if (isTold && planned.name.kind !== "CronJob") rolling.push(planned.name);
  }
  await awaitRollouts(rolling, world, say);
}

const MOST_ATTEMPTS = 5;

/** True when the holder belongs to this switch. What somebody else writes meanwhile is read again, never overwritten. */
async function written(
  planned: PlannedHolder,
  kube: KubeApi,
  edit: Edit,
  mark: (holder: Holder) => Promise<string | null>,
): Promise<boolean> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const holder = await readHolder(kube, planned.name);
    const texts = await edit(planned, holder);
    const next = await mark(holder);
    const isSame = next === null || markIn(holder) === next;
    if (Object.keys(texts).length === 0 && isSame) return next !== null;
    if (await writeHolder(kube, holder, texts, next === null ? {} : { [MARK]: next })) return next !== null;
  }
  throw new OutgrowError(
    "drift",
    `${titleOf(planned.name)} is written by somebody else all the time, so it could not be changed.`,
    { hint: "See who writes it: kubectl get --show-managed-fields -o yaml. Then run it again." },
  );
}

/** On the pod template: pods that carry another one were started with another address. */
const MARK = "outgrow.dev/database";

function markIn({ template }: Holder): string | undefined {
  return template?.metadata?.annotations?.[MARK];
}

/**
 * Names the side and the versions of all that is read, so that a restart that is owed is seen after any
 * interruption. On the way back, `null` for those that were never told anything else.
 */
async function markOf(
  holder: Holder,
  side: "source" | "target",
  { attempt, places, world }: SwitchParts,
): Promise<string | null> {
  const { kind, namespace, name } = holder.name;
  if (side === "source" && markIn(holder)?.startsWith(`${attempt} `) !== true) return null;
  const workload = places.workloads.find(
    (each) => each.kind === kind && each.namespace === namespace && each.name === name,
  );
  const read = (workload?.reads ?? []).map(async (each) => (await readHolder(world.kube, each)).version);
  return `${attempt} ${side} ${sha256((await Promise.all(read)).join(" ")).slice(0, MARK_LENGTH)}`;
}

const MARK_LENGTH = 12;

function blocked(obstacles: readonly string[]): OutgrowError {
  return new OutgrowError(
    "blocked",
    `The application cannot be told its new address: ${obstacles.join(" ")}`,
    {
      hint: "Change that, and run it again.",
    },
  );
}

function changedRemotely(keys: readonly string[]): OutgrowError {
  return new OutgrowError(
    "drift",
    `The application uses the old server again, but its secret manager does not say so: ${keys.join("; ")}.`,
    { hint: "Write the old address there, then run it again: until then outgrow's template writes it." },
  );
}

function changedByHand(places: readonly string[], { attempt }: SwitchParts): OutgrowError {
  return new OutgrowError(
    "drift",
    `Changed by hand since the switch, and left as it is: ${places.join("; ")}. It still names the new server.`,
    {
      hint: `Write the old address there by hand (what it was is kept in the Secret ${keptSecret(attempt)}), then run it again.`,
    },
  );
}
