import type { HostFacts } from "../../model/hostFacts.ts";
import type { HostFact } from "./hostFact.ts";

/** `iptables v1.8.9 (nf_tables)`; before 1.8 there was only the legacy one, and no parenthesis. */
export const iptablesFact: HostFact<HostFacts["iptables"]> = {
  name: "iptables",
  script: `command -v iptables >/dev/null || { echo "iptables is not installed" >&2; exit 127; }\niptables -V`,
  parse(text) {
    const [, version, backend] = /^iptables v(\S+)(?: \((\w+)\))?/.exec(text.trim()) ?? [];
    if (version === undefined) return null;
    const isKnown = backend === "nf_tables" || backend === "legacy";
    return { version, backend: isKnown ? backend : "unknown" };
  },
};
