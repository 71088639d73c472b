import type {
  AddressObject,
  ApplicationPlaces,
  ClusterPostgres,
  OutsidePostgres,
} from "../../model/steps/postgres-move.ts";
import { readdressed } from "./addressText.ts";
import { TEMPLATE } from "./externalHolder.ts";
import type { Holder, HolderName } from "./held.ts";
import { isTemplate, titleOf } from "./holder.ts";
import { aroundActions, isTranslated, translation } from "./templateText.ts";

/** From which server the application is led away, and to which. */
export interface Switch {
  readonly source: Pick<ClusterPostgres, "names" | "port">;
  readonly target: Pick<OutsidePostgres, "host" | "port" | "tls">;
}

/** A holder, and what is known of it from the plan. */
export interface PlannedHolder {
  readonly name: HolderName;
  /** The only places to look at; `null`: all of them. */
  readonly places: readonly string[] | null;
  /** Those that hold the port and nothing else. */
  readonly ports: readonly string[];
  /** Variables that hold the host alone. */
  readonly hosts: readonly string[];
  /** When it was planned it named the server. */
  readonly isExpected: boolean;
  /** The ExternalSecret that writes it, and is changed first. */
  readonly writer: string | null;
  /** Of an ExternalSecret: where the secret manager keeps each place. */
  readonly remotes: Readonly<Record<string, string>>;
}

/** Objects first: what runs pods is restarted with what they say then. */
export function plannedHolders({ objects, workloads }: ApplicationPlaces): readonly PlannedHolder[] {
  return [
    ...objects.toSorted(writersFirst).map(({ kind, namespace, name, entries, external }) => ({
      name: { kind, namespace, name, ...(external === undefined ? {} : { version: external.version }) },
      places: entries.map(({ key }) => key),
      ports: entries.filter(({ holds }) => holds === "port").map(({ key }) => key),
      hosts: [],
      isExpected: kind !== "ExternalSecret" && entries.some(({ holds }) => holds === "address"),
      writer:
        objects.find((each) => each.namespace === namespace && each.external?.secret === name)?.name ?? null,
      remotes: external?.remotes ?? {},
    })),
    ...workloads.map(({ kind, namespace, name, ports, hosts, isWritten }) => ({
      name: { kind, namespace, name },
      places: null,
      ports,
      hosts,
      isExpected: isWritten,
      writer: null,
      remotes: {},
    })),
  ];
}

/** From then on the Secret it writes has the new address, whoever writes it. */
function writersFirst(a: AddressObject, b: AddressObject): number {
  return Number(b.kind === "ExternalSecret") - Number(a.kind === "ExternalSecret");
}

/** What a holder's texts are to become, or why that cannot be said. */
export interface TextChanges {
  readonly changes: Readonly<Record<string, string>>;
  readonly obstacle: string | null;
}

/** Only what differs. Nothing of a text is ever in the obstacle: it may hold a password. */
export function changesTo(planned: PlannedHolder, holder: Holder, way: Switch): TextChanges {
  if (holder.external !== null) return templateChanges(planned, holder, way);
  const places = planned.places ?? Object.keys(holder.texts);
  const next = places.map((place) => [place, nextText(place, planned, holder, way)] as const);
  const title = titleOf(holder.name);
  const unclear = next.find(([, text]) => text === null);
  const changes = Object.fromEntries(
    next.flatMap(([place, text]) => (text === null || text === holder.texts[place] ? [] : [[place, text]])),
  );
  if (unclear !== undefined) {
    return { changes, obstacle: `${title}, ${unclear[0]}: where its port is written cannot be told` };
  }
  const isTouched = Object.keys(changes).length > 0 || isTemplate(holder.name);
  const obstacle = obstacleTo(planned, holder);
  if (isTouched && obstacle !== null) return { changes, obstacle };
  if (Object.keys(changes).length > 0) return { changes, obstacle: null };
  const isThere = places.some((place) => holder.texts[place]?.includes(way.target.host));
  const isLost = planned.isExpected && !isThere;
  return { changes, obstacle: isLost ? `${title} names neither the old server nor the new one` : null };
}

/** Why it is not ours to change. */
function obstacleTo({ writer }: PlannedHolder, { name, obstacle, owners }: Holder): string | null {
  const owner = owners.find(({ kind, name: by }) => kind !== "ExternalSecret" || by !== writer);
  if (owner === undefined) return obstacle;
  return `${titleOf(name)} is written by ${owner.kind} ${owner.name}, which would write it back`;
}

/** Of an ExternalSecret: what it is to write from now on, read off what it wrote last. */
function templateChanges(planned: PlannedHolder, holder: Holder, way: Switch): TextChanges {
  const title = titleOf(holder.name);
  const changes: Record<string, string> = {};
  for (const place of planned.places ?? []) {
    const old = holder.written[place];
    const next = nextText(place, planned, { ...holder, texts: holder.written }, way);
    if (old === undefined) return { changes, obstacle: `${title} has not written ${place} yet` };
    if (next === old) continue;
    const template = holder.texts[place] ?? "";
    const text = next === null ? null : templateFor(place, planned, holder, way, [old, next]);
    if (text === null) {
      return { changes, obstacle: `${title}, ${place}: how it comes to the address cannot be told` };
    }
    if (text !== template) changes[place] = text;
  }
  if (Object.keys(changes).length === 0) return { changes, obstacle: null };
  if (holder.texts[TEMPLATE] === "") changes[TEMPLATE] = "there";
  return { changes, obstacle: obstacleTo(planned, holder) };
}

/** Where the template itself says the address it is changed there; else what it comes to is translated. */
function templateFor(
  place: string,
  planned: PlannedHolder,
  holder: Holder,
  way: Switch,
  [old, next]: readonly [string, string],
): string | null {
  const template = holder.texts[place] ?? "";
  if (isTranslated(template)) return translation(place, template, old, next);
  const named = aroundActions(template, (text) =>
    nextText(place, planned, { ...holder, texts: { [place]: text } }, way),
  );
  return named === template ? null : named;
}

/** One text as it is to be; `null`: where its port is written cannot be told. */
export function nextText(
  place: string,
  { ports, hosts }: PlannedHolder,
  holder: Pick<Holder, "name" | "texts">,
  way: Switch,
): string | null {
  const text = holder.texts[place];
  const { source, target } = way;
  if (text === undefined) return null;
  if (ports.includes(place)) return text.trim() === String(source.port) ? String(target.port) : text;
  const to = { host: target.host, port: target.port, needsTls: target.tls !== "off" };
  return readdressed(text, holder.name.namespace, { ...source, variables: hosts }, to);
}
