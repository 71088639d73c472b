import type { ApplicationPlaces, ClusterPostgres, OutsidePostgres } from "../../model/steps/postgres-move.ts";
import { readdressed } from "./addressText.ts";
import { type Holder, type HolderName, isTemplate, titleOf } from "./holder.ts";

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
}

/** Objects first: what runs pods is restarted with what they say then. */
export function plannedHolders({ objects, workloads }: ApplicationPlaces): readonly PlannedHolder[] {
  return [
    ...objects.map(({ kind, namespace, name, entries }) => ({
      name: { kind, namespace, name },
      places: entries.map(({ key }) => key),
      ports: entries.filter(({ holds }) => holds === "port").map(({ key }) => key),
      hosts: [],
      isExpected: entries.some(({ holds }) => holds === "address"),
    })),
    ...workloads.map(({ kind, namespace, name, ports, hosts, isWritten }) => ({
      name: { kind, namespace, name },
      places: null,
      ports,
      hosts,
      isExpected: isWritten,
    })),
  ];
}

/** What a holder's texts are to become, or why that cannot be said. */
export interface TextChanges {
  readonly changes: Readonly<Record<string, string>>;
  readonly obstacle: string | null;
}

/** Only what differs. Nothing of a text is ever in the obstacle: it may hold a password. */
export function changesTo(planned: PlannedHolder, holder: Holder, way: Switch): TextChanges {
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
  if (isTouched && holder.obstacle !== null) return { changes, obstacle: holder.obstacle };
  if (Object.keys(changes).length > 0) return { changes, obstacle: null };
  const isThere = places.some((place) => holder.texts[place]?.includes(way.target.host));
  const isLost = planned.isExpected && !isThere;
  return { changes, obstacle: isLost ? `${title} names neither the old server nor the new one` : null };
}

function nextText(
  place: string,
  { ports, hosts }: PlannedHolder,
  holder: Holder,
  way: Switch,
): string | null {
  const text = holder.texts[place];
  const { source, target } = way;
  if (text === undefined) return null;
  if (ports.includes(place)) return text.trim() === String(source.port) ? String(target.port) : text;
  const to = { host: target.host, port: target.port, needsTls: target.tls !== "off" };
  return readdressed(text, holder.name.namespace, { ...source, variables: hosts }, to);
}
