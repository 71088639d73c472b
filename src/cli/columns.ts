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

function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}
