import type { Span } from "../model/time.ts";
import type { Held } from "../trigger/held.ts";
import type { Curve } from "./curve.ts";
import { type Cell, envelope, stretches } from "./envelope.ts";
import { type Html, html } from "./html.ts";
import { type TimeAxis, WIDTH } from "./timeAxis.ts";

/** A signal over time: its curve, its thresholds, and below it where it was sustained. */
export interface Strip {
  readonly label: string;
  readonly curve: Curve | null;
  readonly watch: readonly Held[];
  readonly act: readonly Held[];
}

const CURVE_HEIGHT = 60;
const RIBBON_HEIGHT = 10;
const HEIGHT = CURVE_HEIGHT + RIBBON_HEIGHT;
const CELLS = 1000;

/** `#open` and `#episodes` are paths that all strips of a page share. */
export function drawStrip({ label, curve, watch, act }: Strip, axis: TimeAxis): Html {
  const scale = curve === null ? 1 : topOf(curve);
  return html`<svg role="img" aria-label="${label}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
<use href="#open" class="open"/><use href="#episodes" class="episode"/>
${curve === null ? html`` : drawCurve(curve, scale)}
<path class="watch held" d="${ribbon(watch, axis, 0.4)}"/><path class="act held" d="${ribbon(act, axis, 1)}"/>
</svg>`;
}

/** Vertical bands over a whole strip, as one path for `<use>`. */
export function bandsPath(spans: readonly Span[], { x, span }: TimeAxis): string {
  return spans
    .map(({ from, to }) => {
      const left = x(Math.max(from, span.from));
      return `M${left} 0V${HEIGHT}H${Math.max(x(Math.min(to, span.to)), left + 0.5)}V0z`;
    })
    .join("");
}

/** Room above the highest threshold; peaks far beyond it are cut, else they would flatten all the rest. */
function topOf({ values, lines }: Curve): number {
  const highest = Math.max(...lines.map(({ at }) => at));
  const peak = Math.max(0, ...envelope(values, 1).flatMap((cell) => cell?.high ?? []));
  if (!(highest > 0)) return peak > 0 ? peak : 1;
  return Math.min(Math.max(peak * 1.05, highest * 1.25), highest * 4);
}

function drawCurve({ values, lines }: Curve, scale: number): Html {
  const cells = envelope(values, CELLS);
  const width = WIDTH / Math.max(1, cells.length);
  const y = (value: number) =>
    Math.round((1 - Math.min(1, Math.max(0, value / scale))) * CURVE_HEIGHT * 10) / 10;
  const gaps = gapSpans(cells).map(
    ([from, to]) => `M${round(from * width)} 0V${CURVE_HEIGHT}H${round(to * width)}V0z`,
  );
  return html`<path class="gap" d="${gaps.join("")}"/>
${lines.map(({ level, at }) => html`<path class="${level} line" d="M0 ${y(at)}H${WIDTH}"/>`)}
<path class="curve" d="${curvePath(cells, width, y)}"/>`;
}

/** Along the highs and back along the lows, so that a cell of many minutes hides neither. */
function curvePath(cells: readonly (Cell | null)[], width: number, y: (value: number) => number): string {
  return stretches(cells)
    .map(({ first, cells: row }) => {
      const points = (side: "low" | "high") =>
        row.flatMap((cell, index) => {
          const left = (first + index) * width;
          return row.length === 1
            ? [`${round(left)} ${y(cell[side])}`, `${round(left + width)} ${y(cell[side])}`]
            : [`${round(left + width / 2)} ${y(cell[side])}`];
        });
      return `M${[...points("high"), ...points("low").toReversed()].join("L")}z`;
    })
    .join("");
}

function gapSpans(cells: readonly (Cell | null)[]): readonly (readonly [number, number])[] {
  const edges = [
    0,
    ...stretches(cells).flatMap(({ first, cells: row }) => [first, first + row.length]),
    cells.length,
  ];
  return Array.from(
    { length: edges.length / 2 },
    (_, index) => [edges[2 * index] ?? 0, edges[2 * index + 1] ?? 0] as const,
  ).filter(([from, to]) => to > from);
}

function ribbon(held: readonly Held[], { x, span }: TimeAxis, share: number): string {
  const top = HEIGHT - share * (RIBBON_HEIGHT - 2);
  return held
    .map(({ from, to }) => `M${x(from)} ${top}V${HEIGHT}H${Math.max(x(to ?? span.to), x(from) + 1)}V${top}z`)
    .join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
