import type { HostFile } from "../../model/hostFacts.ts";

/** Where else rules come from: what units and scripts load with `nft -f`, and what those files include. */
export function filesNamedByRules(files: readonly HostFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const loaded =
      text?.matchAll(/\bnft[ \t]+(?:-\w+[ \t]+)*-\w*f[ \t]+["']?([^\s"';|&-][^\s"';|&]*)/g) ?? [];
    const included = text?.matchAll(/^\s*include\s+["']([^"']+)["']/gm) ?? [];
    const named = [...loaded, ...included].map(([, name = ""]) => name);
    return named
      .map((name) => (name.startsWith("/") ? name : `/etc/${name}`))
      .filter((each) => each !== path);
  });
}
