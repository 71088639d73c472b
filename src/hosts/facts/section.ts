import { quoteWord } from "../../model/shellLine.ts";

/** A part of one script: its output and code are told apart from all others'. */
export interface Section {
  readonly name: string;
  /** POSIX shell; runs by itself, with nothing on stdin. */
  readonly script: string;
}

export interface SectionResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Tools that may hang on a daemon get ten seconds each. */
const LIMITED = `limited() { if command -v timeout >/dev/null; then timeout 10 "$@"; else "$@"; fi; }`;

/** Many questions, one round trip. `functions` are there for every section. */
export function sectionScript(sections: readonly Section[], mark: string): string {
  const parts = sections.map(({ name, script }) => {
    const head = `printf '\\n%s+ %s\\n' ${mark} ${quoteWord(name)}`;
    return `${head}; ${head} >&2\n(\n${script}\n) </dev/null\nprintf '\\n%s- %s\\n' ${mark} "$?"`;
  });
  return [LIMITED, ...parts, ""].join("\n");
}

/** A section that is missing was cut off, or never came to its turn. */
export function readSections(
  { stdout, stderr }: Pick<SectionResult, "stdout" | "stderr">,
  mark: string,
): ReadonlyMap<string, SectionResult> {
  const said = new Map(partsOf(stderr, mark));
  return new Map(
    partsOf(stdout, mark).flatMap(([name, body]) => {
      const end = new RegExp(`\\n${mark}- (\\d+)\\n`).exec(body);
      if (end === null) return [];
      return [
        [name, { code: Number(end[1]), stdout: body.slice(0, end.index), stderr: said.get(name) ?? "" }],
      ];
    }),
  );
}

function partsOf(text: string, mark: string): readonly (readonly [string, string])[] {
  const [, ...parts] = `\n${text}`.split(`\n${mark}+ `);
  return parts.map((part) => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), part.slice(end + 1)];
  });
}
