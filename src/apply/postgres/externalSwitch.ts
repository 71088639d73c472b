import { waitUntil } from "../../kube/wait.ts";
import { OutgrowError } from "../../model/error.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { TEMPLATE } from "./externalHolder.ts";
import type { Holder, HolderName } from "./held.ts";
import { readHolder, titleOf, writeHolder } from "./holder.ts";
import { createKeptTexts, type KeptTexts } from "./keptTexts.ts";
import { remoteTexts } from "./remoteTexts.ts";
import type { SwitchParts } from "./switchParts.ts";
import { isTranslated, isTranslationOf, translation } from "./templateText.ts";
import { changesTo, nextText, type PlannedHolder, plannedHolders } from "./texts.ts";

/** A controller answers in less; one that is away writes the same when it is back, so that nobody waits for it. */
const LIMIT: Millis = 10 * SECOND;
const PAUSE: Millis = 200;

/** Gives the controller the time to write the new address itself: then no older look of its can come in between. */
export async function awaitWritten(externals: readonly PlannedHolder[], parts: SwitchParts): Promise<void> {
  const { world, say } = parts;
  const look = async (planned: PlannedHolder) => {
    const { name, texts, written } = await readHolder(world.kube, planned.name);
    const places = planned.places ?? [];
    const isOld = places.some((place) => newText(place, written[place], planned, parts) !== written[place]);
    return isOld && texts[TEMPLATE] === "there"
      ? `${titleOf(name)} has not written the new address yet`
      : null;
  };
  const waiting = { ...world, limitMs: LIMIT, pauseMs: PAUSE, signal: world.stopping, tell: say };
  for (const planned of externals) {
    await waitUntil(waiting, () => look(planned)).catch((error: unknown) => {
      if (!(error instanceof OutgrowError && error.code === "timeout")) throw error;
    });
  }
}

/** What it wrote before its template was changed: of the Secret itself nothing may be left to change. */
export async function keepWritten(planned: PlannedHolder, holder: Holder, kept: KeptTexts): Promise<void> {
  if (holder.external === null) return;
  const texts = (planned.places ?? []).map((place) => [place, holder.written[place] ?? ""] as const);
  await kept.keep(secretOf(holder), Object.fromEntries(texts));
}

function secretOf({ name: { namespace }, external }: Holder): HolderName {
  return { kind: "Secret", namespace, name: external?.secret ?? "" };
}

function newText(
  place: string,
  text: string | undefined,
  planned: PlannedHolder,
  way: SwitchParts,
): string | undefined {
  const holder = { name: planned.name, texts: text === undefined ? {} : { [place]: text } };
  return nextText(place, planned, holder, way) ?? text;
}

/** The way back of one template. */
export interface TemplatesBack {
  readonly texts: Readonly<Record<string, string>>;
  /** Edited by somebody else since, and left. */
  readonly changed: readonly string[];
  /** Keys of the secret manager that do not say the old address. */
  readonly remote: readonly string[];
}

/**
 * Takes the translation out again where the secret manager says the old address, which it does unless somebody
 * changed it there meanwhile. Where it does not, the new address is translated to the old one: the application
 * must not be told of a server that is about to be given up.
 */
export async function templatesBack(
  planned: PlannedHolder,
  holder: Holder,
  kept: KeptTexts,
  parts: SwitchParts,
): Promise<TemplatesBack> {
  const before = await kept.of(holder.name);
  const places = (planned.places ?? []).filter((place) => before[place] !== undefined);
  if (places.length === 0) return { texts: {}, changed: [], remote: [] };
  const old = { ...holder.written, ...(await kept.of(secretOf(holder))) };
  const start = { ...holder, texts: { ...holder.texts, ...before }, written: old };
  const there = changesTo(planned, start, parts).changes;
  const said = await remoteTexts(planned, before, parts);
  const back = Object.fromEntries(
    places.map((place) => [
      place,
      backText(place, before, old, newText(place, said?.[place] ?? old[place], planned, parts)),
    ]),
  );
  const isOurs = (place: string) => {
    const text = holder.texts[place] ?? "";
    return (
      text === there[place] || text === before[place] || isTranslationOf(place, before[place] ?? "", text)
    );
  };
  const changed = places
    .filter((place) => !isOurs(place))
    .map((place) => `${titleOf(holder.name)}, ${place}`);
  if (changed.length > 0) return { texts: {}, changed, remote: [] };
  const remote = places.filter((place) => said?.[place]?.includes(parts.target.host) !== false);
  const texts = remote.length === 0 ? before : back;
  return {
    texts: differing(texts, holder),
    changed: [],
    remote: remote.map((place) => remoteKey(place, planned)),
  };
}

function differing(
  texts: Readonly<Record<string, string>>,
  holder: Holder,
): Readonly<Record<string, string>> {
  const pairs = Object.entries(texts).filter(([place, text]) => (holder.texts[place] ?? "") !== text);
  return Object.fromEntries(pairs);
}

/** The new address as it is written there now, turned into the old one. */
function backText(
  place: string,
  before: Readonly<Record<string, string>>,
  written: Readonly<Record<string, string>>,
  next: string | undefined,
): string {
  const template = before[place] ?? "";
  const old = written[place] ?? "";
  return isTranslated(template) ? (translation(place, template, next ?? old, old) ?? template) : template;
}

function remoteKey(place: string, { name, remotes }: PlannedHolder): string {
  return `${remotes[place] ?? place} (${titleOf(name)}, ${place})`;
}

/** Keys of the secret manager that do not say the new address yet, each with what to write there; empty when all do. */
export async function unsettledKeys(parts: SwitchParts): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { planned, before, holder } of await translated(parts)) {
    const said = await remoteTexts(planned, before, parts);
    const { namespace } = planned.name;
    if (said === null) {
      found.push(`${titleOf(planned.name)}: External Secrets does not answer; see its pods`);
      continue;
    }
    for (const place of placesIn(planned, before)) {
      const text = said[place];
      const isNew = text?.includes(parts.target.host) || planned.ports.includes(place);
      if (isNew && newText(place, text, planned, parts) === text) continue;
      const read = `kubectl -n ${namespace} get secret ${holder.external?.secret} -o jsonpath='{.data.${place.replaceAll(".", "\\.")}}' | base64 -d`;
      found.push(`${remoteKey(place, planned)}: write there what this prints: ${read}`);
    }
  }
  return found;
}

/** Once the secret manager says the new address by itself, nothing has to be translated any more. */
export async function untranslate(parts: SwitchParts): Promise<void> {
  for (const { planned, before, holder } of await translated(parts)) {
    const places = placesIn(planned, before);
    const isWhole = places.length === Object.keys(before).filter((place) => place !== TEMPLATE).length;
    const texts = Object.fromEntries(places.map((place) => [place, before[place] ?? ""]));
    const all = isWhole && before[TEMPLATE] === "" ? { ...texts, [TEMPLATE]: "" } : texts;
    if (await writeHolder(parts.world.kube, holder, differing(all, holder))) continue;
    throw new OutgrowError("drift", `${titleOf(holder.name)} was written by somebody else just now.`, {
      hint: "Run it again.",
    });
  }
}

interface Translated {
  readonly planned: PlannedHolder;
  readonly before: Readonly<Record<string, string>>;
  readonly holder: Holder;
}

/** Those whose template we changed, as they are now. */
async function translated({ places, world, attempt }: SwitchParts): Promise<readonly Translated[]> {
  const kept = createKeptTexts(world.kube, attempt);
  const externals = plannedHolders(places).filter(({ name }) => name.kind === "ExternalSecret");
  const all = externals.map(async (planned) => {
    const before = await kept.of(planned.name);
    if (placesIn(planned, before).length === 0) return [];
    return [{ planned, before, holder: await readHolder(world.kube, planned.name) }];
  });
  return (await Promise.all(all)).flat();
}

/** A template that names the server itself stays as it is now: no value of the manager is changed by it. */
function placesIn({ places }: PlannedHolder, before: Readonly<Record<string, string>>): readonly string[] {
  return (places ?? []).filter((place) => before[place] !== undefined && isTranslated(before[place]));
}
