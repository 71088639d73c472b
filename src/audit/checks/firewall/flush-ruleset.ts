import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { placeText, quoted } from "../../view/deployFiles.ts";
import { type NftLine, nftLines } from "../../view/nftFiles.ts";

export const flushRuleset: AuditCheck = {
  id: "firewall/flush-ruleset",
  severity: "blocks",
  title: "Loading the firewall wipes the rules of k3s",
  reason:
    "flush ruleset, with which Debian's default /etc/nftables.conf begins, removes every table: those of kube-proxy, flannel " +
    "and the port mappings too. kube-proxy writes its own anew within a minute; the DNAT of the ports 80 and 443 comes back " +
    "only when their pods start again. iptables -F and deleting ip nat do the same. A file that replaces its own table in one " +
    "transaction changes nothing else.",
  sources: [
    "https://github.com/spatiumddi/spatiumddi/pull/382",
    "https://github.com/k0sproject/k0s/issues/2908",
    "https://github.com/rancher/rke2/issues/10469",
  ],
  find,
};

const WIPES_ALL = /\bflush\s+ruleset\b/;
const WIPES_ONE =
  /\b(flush|delete|destroy)\s+table\s+ip6?\s+(nat|filter|mangle)\b|\bip6?tables\b(?:\s+-t\s+\w+)?\s+(-F|--flush|-X)(\s|$)(?!\s*[A-Z])/;

function find(context: AuditContext): readonly Hit[] {
  const lines = nftLines(context);
  return lines.flatMap((line) => {
    if (WIPES_ALL.test(line.text)) return [hitOf(line, replacing(tablesOf(line, lines)), context)];
    return WIPES_ONE.test(line.text) ? [hitOf(line, LEAVE_IT, context)] : [];
  });
}

const LEAVE_IT =
  "Take the line out: these tables belong to kube-proxy, flannel and the CNI. Rules of your own go one by one " +
  "(iptables -D …), or live in a table of your own, table inet hostfw, that you may replace.";

/** The tables that the same file writes. */
function tablesOf({ at, host }: NftLine, lines: readonly NftLine[]): readonly string[] {
  const names = lines
    .filter((line) => line.at.file === at.file && line.host === host)
    .flatMap(({ text }) => /^table\s+(\w+\s+[\w-]+)\s*\{/.exec(text)?.[1] ?? []);
  return names.length === 0 ? ["inet hostfw"] : names;
}

function replacing(tables: readonly string[]): string {
  return `Replace your own table and nothing else, in one transaction (nft -f):\n${tables
    .map((name) => `table ${name}\ndelete table ${name}\ntable ${name} {\n  …its chains as they are…\n}`)
    .join("\n")}`;
}

function hitOf(line: NftLine, fix: string, context: AuditContext): Hit {
  const host = line.host === null ? undefined : context.facts.hosts[line.host];
  const isIdle = line.at.file === "/etc/nftables.conf" && host?.nftables?.isServiceEnabled === false;
  const evidence = `${placeText(line.at)}: ${quoted(line.text)}`;
  if (isIdle) {
    return {
      subject: line.subject,
      evidence: `${evidence}; nftables.service is not enabled, so nothing loads it`,
      fix: `Leave nftables.service off, or take that line out of ${line.at.file} before you enable it.`,
      severity: "informs",
    };
  }
  return { subject: line.subject, evidence, fix, ...(line.host === null ? { at: line.at } : {}) };
}
