import type { Place } from "../../model/error.ts";
import type { AuditContext } from "../context.ts";

/** One line of a file of the repository. */
export interface Line {
  readonly at: Place;
  readonly text: string;
}

/** Lines that match, in files whose path matches; a line that is only a comment says nothing. */
export function linesMatching({ facts }: AuditContext, path: RegExp, pattern: RegExp): readonly Line[] {
  return (facts.repository?.files ?? [])
    .filter((file) => path.test(file.path) && pattern.test(file.text))
    .flatMap((file) =>
      file.text.split("\n").flatMap((text, index) => {
        const isComment = /^\s*(#|\/\/|--|\*)/.test(text);
        return isComment || !pattern.test(text)
          ? []
          : [{ at: { file: file.path, line: index + 1 }, text: text.trim() }];
      }),
    );
}

/** Python: where Django and Celery are configured. */
export const PYTHON = /\.py$/;
/** Shell scripts and workflows. */
export const SCRIPTS =
  /(\.(sh|bash)|(^|\/)\.github\/workflows\/[^/]+\.ya?ml|(^|\/)(Makefile|justfile)|^(bin|scripts)\/[^./]+)$/;
