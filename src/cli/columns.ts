import { stripVTControlCharacters } from "node:util";

/** `right` for numbers, so that their units line up. */
export type Align = "left" | "right";

/**
 * Lays rows out in columns two spaces apart. What stands last in its row may run on to the
 * right, so a long remark costs nobody else their width. Colour codes do not count.
 */
export function layOut(rows: readonly (readonly string[])[], aligns: readonly Align[]): readonly string[] {
  const widths = aligns.map((align, column) =>
    Math.max(
      0,
      ...rows.map((row) => (align === "left" && isLast(row, column) ? 0 : widthOf(row[column] ?? ""))),
    ),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, aligns[column] ?? "left"))
      .join("  ")
      .trimEnd(),
  );
}

function isLast(row: readonly string[], column: number): boolean {
  return row.slice(column + 1).every((cell) => cell === "");
}

function pad(cell: string, width: number, align: Align): string {
  const space = " ".repeat(Math.max(0, width - widthOf(cell)));
  return align === "right" ? space + cell : cell + space;
}

export function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}

/** A text in so much room: whole words go from its middle, since its beginning says what it is about and its end what came of it. */
export function shortened(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  const words = text.split(" ");
  for (let gone = 1; gone <= words.length - 2; gone++) {
    const from = Math.ceil((words.length - gone) / 2);
    const kept = [...words.slice(0, from), "…", ...words.slice(from + gone)].join(" ");
    if (widthOf(kept) <= room) return kept;
  }
  return cutAt(text, room);
}

/** No wider than this, whatever it says; colour codes do not count, and what was coloured is so no further. */
export function cutAt(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  let left = Math.max(0, columns - 1);
  const parts = line.split(CODES).map((part) => {
    if (part.startsWith(ESCAPE)) return part;
    const kept = [...part].slice(0, left);
    left -= kept.length;
    return kept.join("");
  });
  return columns < 1 ? "" : `${parts.join("")}…`;
}

const ESCAPE = "\u001b";
/** As `styleText` writes them. */
const CODES = new RegExp(`(${ESCAPE}\\[[0-9;]*m)`);
