import type { Place } from "../../model/error.ts";
import type { RepositoryFile } from "../../model/facts.ts";
import type { AuditContext } from "../context.ts";

/** One command or setting of a file, continued lines joined, without comments. */
export interface Statement {
  readonly at: Place & { readonly line: number };
  readonly text: string;
}

/** What a deploy runs or reads: workflows, scripts, configuration; prose is not asked. */
export function deployFiles({ facts }: AuditContext): readonly RepositoryFile[] {
  return (facts.repository?.files ?? []).filter(({ path }) => !/\.(md|txt|rst|lock)$/i.test(path));
}

/** Every statement of every deploy file that matches. */
export function statementsLike(context: AuditContext, pattern: RegExp): readonly Statement[] {
  return deployFiles(context).flatMap((file) => statementsOf(file).filter(({ text }) => pattern.test(text)));
}

/** Every single line of every deploy file that matches, without comments. */
export function linesLike(context: AuditContext, pattern: RegExp): readonly Statement[] {
  return deployFiles(context).flatMap(({ path, text }) =>
    pattern.test(text)
      ? text.split("\n").flatMap((line, index) => {
          const words = withoutComment(line).trim();
          return pattern.test(words) ? [{ at: { file: path, line: index + 1 }, text: words }] : [];
        })
      : [],
  );
}

export function statementsOf({ path, text }: RepositoryFile): readonly Statement[] {
  const statements: Statement[] = [];
  let open: Statement | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const words = withoutComment(line).trim();
    const joined: Statement =
      open === null
        ? { at: { file: path, line: index + 1 }, text: words }
        : { ...open, text: `${open.text} ${words}` };
    const goesOn = joined.text.endsWith("\\");
    if (goesOn) open = { ...joined, text: joined.text.slice(0, -1).trim() };
    else {
      if (joined.text !== "") statements.push(joined);
      open = null;
    }
  }
  return open === null ? statements : [...statements, open];
}

/** Of shell, YAML and nft alike; a `#` inside a word or a quoted text is none. */
function withoutComment(line: string): string {
  const [before = ""] = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"']|(?<=\S)#|["'])*/.exec(line) ?? [];
  return before;
}

/** A file that a script writes: what stands between `<<EOF` and `EOF`. */
export interface Heredoc {
  /** The command it is given to: `cat > /etc/nftables.conf <<'EOF'`. */
  readonly opening: string;
  readonly body: string;
  /** The body's first line, counted from 1 in the script. */
  readonly line: number;
}

export function heredocsOf({ text }: RepositoryFile): readonly Heredoc[] {
  const lines = text.split("\n");
  return lines.flatMap((opening, index) => {
    const mark = /<<-?\s*["'\\]?(\w+)["']?/.exec(opening)?.[1];
    if (mark === undefined) return [];
    const length = lines.slice(index + 1).findIndex((line) => line.trim() === mark);
    if (length < 0) return [];
    const body = lines.slice(index + 1, index + 1 + length).join("\n");
    return [{ opening, body, line: index + 2 }];
  });
}

/** `deploy/ensure_cluster.sh:12` */
export function placeText({ file, line }: Place): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** One line of it, short enough to be quoted. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 160 ? line : `${line.slice(0, 157)}…`;
}
