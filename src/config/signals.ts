import type { SignalSettings } from "../model/settings.ts";
import { closest } from "../model/similar.ts";
import { CATALOGUE, definitionOf } from "../signals/catalogue.ts";
import type { SignalDefinition } from "../signals/definition.ts";
import type { Cursor } from "./cursor.ts";
import { readKnownSignal } from "./knownSignal.ts";
import { readOwnSignal } from "./ownSignal.ts";
import { entriesOf } from "./readers.ts";

/** Every signal of the catalogue with what the file says of it, then the user's own; `off` drops one. */
export function readSignals(cursor: Cursor): readonly SignalSettings[] {
  const entries = entriesOf(cursor, "signals", "node-cpu: { watch: 60%, act: 80% }, one signal a line");
  const known = CATALOGUE.flatMap((definition) => readDefined(definition, cursor.get(definition.id)) ?? []);
  const own = entries
    .filter(([id]) => definitionOf(id) === null)
    .flatMap(([id, settings]) => readOther(id, settings) ?? []);
  const signals = [...known, ...own];
  if (signals.length === 0)
    cursor.problem("signals: every one is off, so there is nothing to decide by.", "Keep at least two.");
  return signals;
}

function readDefined(definition: SignalDefinition, cursor: Cursor): SignalSettings | undefined {
  return isOff(cursor) ? undefined : readKnownSignal(definition, cursor);
}

/** A signal of the user's own has a query; anything else is a slip of the pen. */
function readOther(id: string, cursor: Cursor): SignalSettings | undefined {
  if (cursor.get("expr").node !== null) return readOwnSignal(id, cursor);
  const near = closest(
    id,
    CATALOGUE.map((definition) => definition.id),
  );
  const hint =
    near === undefined
      ? "A signal of your own needs an expr."
      : `Did you mean ${near}? A signal of your own needs an expr.`;
  cursor.problem(`signals.${id} is not a known signal.`, hint);
  return undefined;
}

function isOff({ node }: Cursor): boolean {
  return node !== null && "value" in node && (node.value === "off" || node.value === false);
}
