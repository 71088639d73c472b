import { styleText } from "node:util";
import type { State } from "../model/decision.ts";
import type { Stream } from "./io.ts";

type Style = Parameters<typeof styleText>[0];

/** Colours a text on a terminal that has colours, and nowhere else. */
export type Paint = (style: Style, text: string) => string;

export function paintFor(stream: Stream): Paint {
  return stream.hasColors
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
}

export const STATE_STYLE: Readonly<Record<State | "unknown", Style>> = {
  ok: "green",
  watch: "yellow",
  act: ["red", "bold"],
  blind: "magenta",
  unknown: "dim",
};
