import type { NftablesFacts } from "../../model/hostFacts.ts";
import type { HostFact } from "./hostFact.ts";

/** The whole ruleset as nft itself writes it; what it means is for `audit/firewall`. */
export const nftablesFact: HostFact<NftablesFacts> = {
  name: "nftables ruleset",
  script: `command -v nft >/dev/null || { echo "nft is not installed" >&2; exit 127; }
echo "service $(systemctl is-enabled nftables 2>/dev/null)"
nft -j list ruleset`,
  parse(text) {
    const [, state = "", json = ""] = /^service (.*)\n([\s\S]*)$/.exec(text) ?? [];
    return {
      ruleset: JSON.parse(json) as unknown,
      isServiceEnabled: state === "" ? null : state.startsWith("enabled"),
    };
  },
};
