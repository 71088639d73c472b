import { LineCounter, parseDocument } from "yaml";
import type { RepositoryFile } from "../../model/facts.ts";
import { heredocsOf } from "./deployFiles.ts";
import type { Setting } from "./setting.ts";

/** The k3s settings that the repository's own files say: configuration files, and those that scripts write. */
export function repositorySettings(files: readonly RepositoryFile[]): readonly Setting[] {
  return files.flatMap(({ path, text }) => {
    if (isK3sFile(path)) return settingsIn(text, path, 1);
    return heredocsOf({ path, text })
      .filter(({ opening }) => /\/etc\/rancher\/k3s\/config\.yaml/.test(opening))
      .flatMap(({ body, line }) => settingsIn(body, path, line));
  });
}

function isK3sFile(path: string): boolean {
  return /(^|\/)[^/]*k3s[^/]*\/[^/]*\.ya?ml$|k3s[^/]*\.ya?ml$/.test(path) && !/registries/.test(path);
}

/** Settings as k3s reads them; a document of Kubernetes or of a chart is none. */
function settingsIn(text: string, file: string, firstLine: number): readonly Setting[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: "silent" });
  const { contents } = document;
  if (document.errors.length > 0 || contents === null || !("items" in contents)) return [];
  const values = document.toJS() as unknown;
  if (typeof values !== "object" || values === null || "apiVersion" in values) return [];
  const role = "server" in values ? "agent" : "server";
  const lineOf = (path: readonly (string | number)[]) => {
    const node = document.getIn(path, true) as { range?: readonly number[] } | undefined;
    return firstLine - 1 + lines.linePos(node?.range?.[0] ?? 0).line;
  };
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) =>
    (Array.isArray(value) ? value : [value]).flatMap((each: unknown, index) => {
      if (!["string", "number", "boolean"].includes(typeof each)) return [];
      const line = lineOf(Array.isArray(value) ? [key, index] : [key]);
      return [
        {
          subject: `file ${file}`,
          host: null,
          role,
          key: key.replace(/\+$/, ""),
          value: String(each),
          where: `${file}:${line}`,
          at: { file, line },
        } as const,
      ];
    }),
  );
}
