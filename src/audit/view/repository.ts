import type { Place } from "../../model/error.ts";
import type { AuditContext } from "../context.ts";

/** One line of a file of the repository. */
export interface Line {
  readonly at: Place;
  readonly text: string;
  /** The text to show: of a long line, what is around the match. */
  readonly shown: string;
}

/** Lines that match, in files whose path matches; a line that is only a comment says nothing. */
export function linesMatching({ facts }: AuditContext, path: RegExp, pattern: RegExp): readonly Line[] {
  const somewhere = new RegExp(pattern.source, `${pattern.flags.replace(/[gm]/g, "")}m`);
  return (facts.repository?.files ?? [])
    .filter((file) => path.test(file.path) && somewhere.test(file.text))
    .flatMap((file) =>
      file.text.split("\n").flatMap((text, index) => {
        const match = /^\s*(#|\/\/|--|\*)/.test(text) ? null : pattern.exec(text);
        if (match === null) return [];
        return [
          { at: { file: file.path, line: index + 1 }, text: text.trim(), shown: around(text, match.index) },
        ];
      }),
    );
}

const LONGEST = 160;

function around(text: string, index: number): string {
  const line = text.trim();
  if (line.length <= LONGEST) return line;
  const from = Math.max(0, Math.min(index - LONGEST / 4, text.length - LONGEST));
  const to = from + LONGEST;
  return `${from > 0 ? "…" : ""}${text.slice(from, to).trim()}${to < text.length ? "…" : ""}`;
}

/** Python: where Django and Celery are configured. */
export const PYTHON = /\.py$/;
/** Shell scripts and workflows. */
export const SCRIPTS =
  /(\.(sh|bash)|(^|\/)\.github\/workflows\/[^/]+\.ya?ml|(^|\/)(Makefile|justfile)|^(bin|scripts)\/[^./]+)$/;
