import type { Container, EnvVar } from "./kube.ts";

/** The command line of a container as words; what a shell is given as one text (`sh -c "…"`) is split too. */
export function wordsOf({ command = [], args = [] }: Container): readonly string[] {
  return [...command, ...args].flatMap((word) => word.split(/\s+/)).filter((word) => word !== "");
}

/** The value of an option, however it is written: `--workers=3`, `--workers 3`, `-w 3`, `-w3`. */
export function optionOf(words: readonly string[], ...names: readonly string[]): string | null {
  for (const [index, word] of words.entries()) {
    for (const name of names) {
      if (word === name) return words[index + 1] ?? null;
      if (word.startsWith(`${name}=`)) return word.slice(name.length + 1);
      if (/^-\w$/.test(name) && word.startsWith(name) && word.length > 2) return word.slice(2);
    }
  }
  return null;
}

/** A number written in place, in a variable (`$WORKERS`, `$(WORKERS)`) or as its default (`${WORKERS:-3}`). */
export function numberOf(text: string | null, env: readonly EnvVar[] = []): number | null {
  if (text === null) return null;
  const reference = /^\$[({]?(\w+)(?::?-(\d+))?[)}]?$/.exec(text);
  const value = reference === null ? text : (variableIn(env, reference[1]) ?? reference[2] ?? "");
  return /^\d+$/.test(value) ? Number(value) : null;
}

export function variableIn(env: readonly EnvVar[], name: string | undefined): string | null {
  const value: unknown = env.find((each) => each.name === name)?.value;
  return typeof value === "string" ? value : null;
}
