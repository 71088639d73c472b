import type { AuditCheck } from "../../check.ts";
import { openToInternet } from "../../view/openings.ts";
import { KUBELET } from "../../view/ports.ts";

export const kubeletOpen: AuditCheck = {
  id: "firewall/kubelet-open",
  severity: "warns",
  title: "The kubelet answers the whole internet",
  reason:
    "The kubelet listens on every address; that is its default and no fault. It asks for a certificate, but nobody outside " +
    "needs to knock at all: the firewall is where it is closed.",
  sources: ["https://github.com/k3s-io/k3s/issues/2489"],
  find: (context) => openToInternet(context, KUBELET),
};
