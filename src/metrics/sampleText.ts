/**
 * The samples of range answers, read without JSON.parse: a month of thirteen signals is half a million pairs,
 * and as objects they take ten times the memory and three times the time of all the rest.
 */
export interface Samples {
  /** Unix seconds. */
  readonly seconds: Float64Array;
  readonly values: Float64Array;
}

/** An answer without its samples, and the samples: `"values":[…]` has become `"values":N`, N their place in the list. */
export interface LiftedText {
  readonly text: string;
  readonly samples: readonly Samples[];
}

/** A quote inside a JSON string is escaped, so this is always the key and never text. */
const KEY = '"values":[[';

/** `null` when anything is not written the way Prometheus writes it; JSON.parse then has the last word. */
export function liftSamples(text: string): LiftedText | null {
  const samples: Samples[] = [];
  const rest: string[] = [];
  let from = 0;
  for (let key = text.indexOf(KEY); key >= 0; key = text.indexOf(KEY, from)) {
    const run = readRun(text, key + KEY.length - 1);
    if (run === null) return null;
    rest.push(text.slice(from, key), `"values":${samples.length}`);
    samples.push(run.samples);
    from = run.end;
  }
  return { text: rest.join("") + text.slice(from), samples };
}

/** `[1761000000,"0.5"],[1761000060,"NaN"]]` from `at` on; `end` is behind the last bracket. */
function readRun(text: string, at: number): { readonly samples: Samples; readonly end: number } | null {
  const seconds: number[] = [];
  const values: number[] = [];
  let cursor = at;
  while (text.charCodeAt(cursor) === OPENING) {
    const comma = text.indexOf(',"', cursor);
    const quote = text.indexOf('"]', comma + 2);
    if (comma < 0 || quote < 0 || quote - cursor > LONGEST_PAIR) return null;
    const [second, value] = [parseNumber(text, cursor + 1, comma), parseNumber(text, comma + 2, quote)];
    if (second === null || value === null) return null;
    seconds.push(second);
    values.push(value);
    cursor = quote + 2;
    if (text.charCodeAt(cursor) === COMMA) cursor++;
    else break;
  }
  if (text.charCodeAt(cursor) !== CLOSING) return null;
  const samples = { seconds: Float64Array.from(seconds), values: Float64Array.from(values) };
  return { samples, end: cursor + 1 };
}

/** Far longer than any number is written. */
const LONGEST_PAIR = 80;
const MOST_EXACT_DIGITS = 15;
const ZERO = 48;
const COMMA = 44;
const OPENING = 91;
const CLOSING = 93;
const POINT = 46;

/** Fifteen digits over a power of ten divide without a second rounding; anything else is left to `Number`. */
function parseNumber(text: string, from: number, to: number): number | null {
  let digits = 0;
  let fraction = -1;
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (code === POINT && fraction < 0) fraction = to - index - 1;
    else if (code >= ZERO && code < ZERO + 10) digits = digits * 10 + code - ZERO;
    else return parseOther(text.slice(from, to));
  }
  if (to - from > MOST_EXACT_DIGITS || to - from < 1 || text.charCodeAt(to - 1) === POINT) {
    return parseOther(text.slice(from, to));
  }
  return fraction < 0 ? digits : digits / 10 ** fraction;
}

/** As Go writes them. */
function parseOther(text: string): number | null {
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : null;
}
