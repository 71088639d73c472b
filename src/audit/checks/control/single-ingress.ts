import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { ingressAddresses, loadBalancers } from "../../view/services.ts";

export const singleIngress: AuditCheck = {
  id: "control/single-ingress",
  severity: "informs",
  title: "There is one public address",
  reason:
    "DNS points at the first host. A second node adds no second way in by itself: when the first is down the product is down, wherever its " +
    "pods run. Two A records help once both hosts answer on 80 and 443 (HTTP-01 challenges go to either); a load balancer or a reserved " +
    "address moves with a click.",
  sources: [
    "https://docs.k3s.io/networking/networking-services",
    "https://docs.digitalocean.com/products/networking/reserved-ips/",
  ],
  find,
};

function find({ cluster }: AuditContext): readonly Hit[] {
  return loadBalancers(cluster).flatMap((service) => {
    const addresses = ingressAddresses(service);
    const [only] = addresses;
    if (addresses.length !== 1 || only === undefined) return [];
    return [
      {
        subject: subjectOf(service),
        evidence: `status.loadBalancer.ingress: ${only}`,
        fix: "Nothing to do for the move. Afterwards, if it shall survive its host: label the second node for ServiceLB, try its 80 and 443, lower the record's TTL, then add its address.",
      },
    ];
  });
}
