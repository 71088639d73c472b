import { X509Certificate } from "node:crypto";
import type { EpochMs } from "../../model/time.ts";
import type { HostFact } from "./hostFact.ts";

/** When the first of k3s's certificates ends; `null` when there are none to see. They are public; no key is read. */
export const certificatesFact: HostFact<EpochMs | null> = {
  name: "k3s certificates",
  script: `for file in /var/lib/rancher/k3s/server/tls/*.crt /var/lib/rancher/k3s/agent/*.crt; do
  if [ -f "$file" ]; then cat "$file" || exit 1; fi
done`,
  parse(text) {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
    const ends = blocks.map((block) => new X509Certificate(block).validToDate.getTime());
    return ends.length === 0 ? null : Math.min(...ends);
  },
};
