import { OutgrowError } from "../model/error.ts";
import type { Scope, SignalSettings } from "../model/settings.ts";
import type { Instrument, Unmeasured } from "../model/signal.ts";
import type { Span } from "../model/time.ts";
import { chooseSource, coverage } from "../signals/choose.ts";
import type { SignalDefinition, Source } from "../signals/definition.ts";
import { ownInstrument, sourceInstrument } from "../signals/instrument.ts";
import type { PrometheusApi } from "./api.ts";
import { type BoundsReader, createBoundsReader } from "./boundSets.ts";
import { createLookout } from "./lookout.ts";
import { isOwnFault } from "./ownFault.ts";
import { type Presence, readPresence } from "./presence.ts";

/** A signal as configured and, unless it is the user's own, as the catalogue knows it. */
export interface Wanted {
  readonly settings: SignalSettings;
  readonly definition: SignalDefinition | null;
}

export interface Discovery {
  readonly instruments: readonly Instrument[];
  readonly unmeasured: readonly Unmeasured[];
}

/**
 * Finds for each signal the source that tells it, by asking which series existed in `span`;
 * nothing is assumed about exporters or histogram bounds. Both lists are in the order of `wanted`.
 */
export async function discover(
  api: PrometheusApi,
  wanted: readonly Wanted[],
  scope: Scope,
  span: Span,
): Promise<Discovery> {
  const lookout = createLookout(span);
  const candidates = wanted.map((each) => ({ ...each, sources: sourcesOf(each, scope) }));
  const selectors = candidates.flatMap(({ sources }) => sources.flatMap(({ needs }) => needs));
  const presence = await readPresence(api, selectors, lookout);
  const readBounds = createBoundsReader(api, lookout);
  const found = await Promise.all(candidates.map((candidate) => settle(candidate, presence, readBounds)));
  return {
    instruments: found.filter((each) => "columns" in each),
    unmeasured: found.filter((each) => "why" in each),
  };
}

interface Candidate extends Wanted {
  readonly sources: readonly Source[];
}

function sourcesOf({ settings, definition }: Wanted, scope: Scope): readonly Source[] {
  if (settings.expr !== null || definition === null) return [];
  const windowMs = settings.rule.kind === "event" ? settings.rule.windowMs : 0;
  return definition.sources(scope, settings.options, windowMs);
}

async function settle(
  { settings, definition, sources }: Candidate,
  presence: Presence,
  readBounds: BoundsReader,
): Promise<Instrument | Unmeasured> {
  const signal = settings.rule;
  if (settings.expr !== null) return ownInstrument(signal, settings.expr);
  if (definition === null) return { signal, why: "no query is known for it", fix: "Give it an expr." };
  const source = bestSource(sources, presence);
  if (source === undefined) return { signal, ...(failureOf(sources, presence) ?? definition.unmeasured) };
  try {
    const sets = source.reading.kind === "buckets" ? await readBounds(source.reading.bucketSelector) : [];
    return sourceInstrument(signal, source, sets) ?? { signal, ...definition.unmeasured };
  } catch (error) {
    if (!isOwnFault(error)) throw error;
    return { signal, ...explained(error) };
  }
}

function bestSource(sources: readonly Source[], presence: Presence): Source | undefined {
  const coverages = sources.map(({ needs }) => coverage(needs.map((need) => instantsOf(need, presence))));
  const best = chooseSource(coverages);
  return best === null ? undefined : sources[best];
}

function instantsOf(selector: string, presence: Presence): readonly boolean[] {
  const instants = presence.get(selector);
  return instants === undefined || instants instanceof OutgrowError ? [] : instants;
}

/** The first question about the sources that the server refused. */
function failureOf(
  sources: readonly Source[],
  presence: Presence,
): { readonly why: string; readonly fix: string } | undefined {
  const answers = sources.flatMap(({ needs }) => needs.map((need) => presence.get(need)));
  const failure = answers.find((answer) => answer instanceof OutgrowError);
  return failure === undefined ? undefined : explained(failure);
}

function explained({ message, hint }: OutgrowError): { readonly why: string; readonly fix: string } {
  return { why: message, fix: hint ?? "" };
}
