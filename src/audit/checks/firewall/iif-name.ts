import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { placeText, quoted } from "../../view/deployFiles.ts";
import { nftLines } from "../../view/nftFiles.ts";

export const iifName: AuditCheck = {
  id: "firewall/iif-name",
  severity: "blocks",
  title: "The ruleset names an interface that may not exist yet",
  reason:
    "iif and oif are looked up when the file is loaded: an interface that is not there then makes nft refuse the whole file, " +
    "and the host boots without a firewall. cni0, flannel.1 and tailscale0 come long after nftables.service, and on a new node " +
    "not at all at first. iifname and oifname compare names when a packet comes.",
  sources: [
    "https://wiki.nftables.org/wiki-nftables/index.php/Matching_packet_metainformation",
    "https://manpages.debian.org/bookworm/nftables/nft.8.en.html",
  ],
  find,
};

/** `iif "tailscale0"`, `oif { lo, cni0 }`: of interfaces that k3s or Tailscale make. */
const LATE =
  /\b(?:meta\s+)?([io]if)\s+(?:!=\s*)?(?:\{[^}]*)?"?((?:cni|flannel|tailscale|wg|veth|kube-)[\w.-]*)/;

function find(context: AuditContext): readonly Hit[] {
  return nftLines(context).flatMap((line) => {
    const [, keyword, device] = LATE.exec(line.text) ?? [];
    if (keyword === undefined || device === undefined) return [];
    return [
      {
        subject: line.subject,
        evidence: `${placeText(line.at)}: ${quoted(line.text)}`,
        fix: `Write ${keyword}name "${device}" there: it is compared when a packet comes, so that the file loads before ${device} exists.`,
        ...(line.host === null ? { at: line.at } : {}),
      },
    ];
  });
}
