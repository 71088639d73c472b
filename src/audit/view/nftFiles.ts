import type { AuditContext } from "../context.ts";
import type { TableName } from "../firewall/ruleset.ts";
import { deployFiles, placeText, type Statement, statementsOf } from "./deployFiles.ts";

/** A line of a file that nft loads, on a host or written by a script of the repository. */
export interface NftLine extends Statement {
  /** `host glaze-prod`, `file deploy/firewall.sh` */
  readonly subject: string;
  /** `null`: of the repository. */
  readonly host: string | null;
}

/** Every line of every nft file there is. */
export function nftLines(context: AuditContext): readonly NftLine[] {
  const onHosts = Object.entries(context.facts.hosts).flatMap(([host, { files }]) =>
    files.flatMap(({ path, text }) =>
      text !== null && isNftFile(path, text)
        ? statementsOf({ path, text }).map((each) => ({ ...each, subject: `host ${host}`, host }))
        : [],
    ),
  );
  const inRepository = deployFiles(context)
    .filter(({ path, text }) => isNftFile(path, text) || /\bnft(ables)?\b/.test(text))
    .flatMap((file) =>
      statementsOf(file).map((each) => ({ ...each, subject: `file ${file.path}`, host: null })),
    );
  return [...onHosts, ...inRepository];
}

/** Where a table is loaded from: `deploy/firewall.sh:14`, or the file that nft loads by default. */
export function tableSource(context: AuditContext, host: string, { family, table }: TableName): string {
  const opening = new RegExp(`\\btable\\s+${family}\\s+${table}\\b`);
  const lines = nftLines(context).filter((line) => opening.test(line.text));
  const found = lines.find((line) => line.host === null) ?? lines.find((line) => line.host === host);
  return found === undefined ? "the file it is loaded from (/etc/nftables.conf, say)" : placeText(found.at);
}

function isNftFile(path: string, text: string): boolean {
  return /nftables?[^/]*(\.conf|\.nft|\.d\/[^/]+)$|\.nft(\.\w+)?$/.test(path) || /^#!.*\bnft\b/.test(text);
}
