import type { SignalOptions } from "../model/settings.ts";
import type { Unit } from "../model/signal.ts";
import type { SignalDefinition } from "../signals/definition.ts";
import { optionsOf } from "./knownSignal.ts";
import type { OWN_SIGNAL_KEYS } from "./ownSignal.ts";
import {
  COUNT,
  DURATION,
  EVENTS,
  LABELS,
  mapping,
  PERCENT,
  type Schema,
  SECONDS,
  TEXT,
} from "./schemaParts.ts";

const THRESHOLDS: Readonly<Record<Unit, Schema>> = { ratio: PERCENT, seconds: SECONDS, count: COUNT };
const WHOLE: Schema = { type: "integer", minimum: 1 };

const OPTIONS: Readonly<Record<keyof SignalOptions, Schema>> = {
  match: LABELS,
  of: { ...WHOLE, description: "The client slots there are, where no metric says so." },
  queue: { ...TEXT, description: "The queue's name." },
  minRequests: { ...WHOLE, description: "Fewer requests than this in 5 min say nothing." },
};

/** A signal of the catalogue: its thresholds in its unit, its own options, or `off`. */
export function knownSignal(definition: SignalDefinition): Schema {
  const { id, title, unit, nature } = definition;
  const threshold = nature.kind === "event" ? EVENTS : THRESHOLDS[unit];
  const options = (["match", ...optionsOf(id)] as const).map((name) => [name, OPTIONS[name]] as const);
  const keys = { watch: threshold, act: threshold, expr: TEXT, ...Object.fromEntries(options) };
  return { description: `${title}; off drops it.`, anyOf: [{ enum: ["off", false] }, mapping(keys)] };
}

/** YAML 1.2 reads yes and no as words, older tools as true and false. */
const SECOND_NODE: Schema = {
  enum: ["yes", "partly", "no", true, false],
  description: "Whether a second host relieves it.",
};

const OWN_KEYS = {
  expr: { ...TEXT, description: "PromQL that gives one series." },
  kind: { enum: ["level", "event"] },
  watch: {},
  act: {},
  title: TEXT,
  unit: { enum: ["ratio", "seconds", "count"] },
  window: { ...DURATION, default: "1h" },
  secondNode: SECOND_NODE,
  otherwise: { ...TEXT, description: "What helps if a second host does not." },
} satisfies Record<(typeof OWN_SIGNAL_KEYS)[number], Schema>;

/** The thresholds' unit is the `unit` that is said, or else the one they are written in. */
export const ownSignal: Schema = {
  ...mapping(OWN_KEYS, ["expr", "kind"]),
  description: "A signal of your own: a query, its kind and thresholds.",
  allOf: [
    { anyOf: [{ required: ["watch"] }, { required: ["act"] }] },
    when({ kind: { const: "event" } }, thresholds(EVENTS)),
    when({ kind: { const: "level" } }, { anyOf: Object.values(THRESHOLDS).map(thresholds) }),
    ...(["ratio", "seconds", "count"] as const).map((unit) =>
      when({ kind: { const: "level" }, unit: { const: unit } }, thresholds(THRESHOLDS[unit])),
    ),
  ],
};

function thresholds(threshold: Schema): Schema {
  return { properties: { watch: threshold, act: threshold } };
}

/** Where these keys are so, the rest holds. */
function when(properties: Readonly<Record<string, Schema>>, rest: Schema): Schema {
  return { anyOf: [{ not: { properties, required: Object.keys(properties) } }, rest] };
}
