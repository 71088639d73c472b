import type { RepositoryFile } from "../model/facts.ts";
import type { ChartUse } from "./renderChart.ts";

/**
 * The charts of a checkout, each as its deploys call it: the release, the namespace and the values files of the
 * first `helm upgrade`, `install` or `template` that names its folder; the chart's own defaults where none does.
 */
export function chartUses(files: readonly RepositoryFile[], only: string | null): readonly ChartUse[] {
  const folders = only === null ? chartFolders(files) : [only.replace(/\/$/, "")];
  const paths = new Set(files.map(({ path }) => path));
  const calls = files.filter(({ path }) => !path.startsWith("chart")).flatMap(({ text }) => helmCalls(text));
  return folders.map((folder) => {
    const words = calls.find((call) => call.some((word) => isFolder(word, folder))) ?? [];
    return {
      folder,
      release: releaseOf(words, folder),
      namespace: valuesOf(words, ["-n", "--namespace"])[0] ?? "default",
      valuesFiles: valuesOf(words, ["-f", "--values"])
        .map(withoutDot)
        .filter((path) => paths.has(path)),
    };
  });
}

/** A chart inside another's `charts/` is rendered with it. */
function chartFolders(files: readonly RepositoryFile[]): readonly string[] {
  return files
    .flatMap(({ path }) => /^(.+)\/Chart\.yaml$/.exec(path)?.[1] ?? [])
    .filter((folder) => !/\/charts\//.test(folder));
}

/** The words of every helm call of a script; a line may go on after a backslash. */
function helmCalls(text: string): readonly (readonly string[])[] {
  const joined = text.replaceAll(/\\\r?\n/g, " ");
  return [...joined.matchAll(/\bhelm\s+(?:upgrade|install|template)\b([^\n;&|]*)/g)].map(([, rest = ""]) =>
    [...rest.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? ""),
  );
}

function isFolder(word: string, folder: string): boolean {
  return withoutDot(word).replace(/\/$/, "") === folder;
}

/** The word before the chart, unless that is an option's. */
function releaseOf(words: readonly string[], folder: string): string {
  const index = words.findIndex((word) => isFolder(word, folder));
  const before = words[index - 1];
  const isName = before !== undefined && /^[a-z0-9][-a-z0-9.]*$/.test(before);
  return isName ? before : (folder.split("/").at(-1) ?? folder);
}

function valuesOf(words: readonly string[], names: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const [name = "", value] = word.split("=", 2);
    if (!names.includes(name)) return [];
    const given = value ?? words[index + 1];
    return given === undefined ? [] : given.split(",");
  });
}

function withoutDot(path: string): string {
  return path.replace(/^\.\//, "");
}
