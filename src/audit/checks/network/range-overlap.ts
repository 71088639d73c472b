import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { viewHosts } from "../../view/hosts.ts";
import { clusterRanges } from "../../view/ports.ts";
import { networkText, overlap } from "../../view/ranges.ts";

export const rangeOverlap: AuditCheck = {
  id: "network/range-overlap",
  severity: "blocks",
  title: "The private network lies in the range of pods or Services",
  reason:
    "An address that is both a host's and a pod's has two ways, and the pod's wins: the other host, or a managed database in the " +
    "same network, cannot be reached from pods. Neither the cluster's ranges nor a host's network can be changed later without starting over.",
  sources: [
    "https://docs.k3s.io/cli/server",
    "https://docs.digitalocean.com/products/networking/vpc/details/limits/",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const { pods, services } = clusterRanges(context);
  const ranges = [
    { range: pods, what: "pods" },
    { range: services, what: "Services" },
  ];
  return privateNetworks(context).flatMap(({ subject, network }) =>
    ranges
      .filter(({ range }) => overlap(range, network))
      .map(({ range, what }) => ({
        subject,
        evidence: `${network} overlaps ${range}, the range of ${what}`,
        fix: `Create the new host in another VPC whose range is apart from ${pods} and ${services} (${apart(pods, services)}, say), and move this one there by a snapshot first: a VPC cannot be changed in place.`,
      })),
  );
}

function apart(...taken: readonly string[]): string {
  const isFree = (network: string) => taken.every((range) => !overlap(range, network));
  return ["10.116.0.0/20", "172.20.0.0/20", "192.168.96.0/20"].find(isFree) ?? "a /20 of 192.168.0.0/16";
}

interface PrivateNetwork {
  readonly subject: string;
  readonly network: string;
}

/** Of the provider where it was asked, else as the hosts have it. */
function privateNetworks(context: AuditContext): readonly PrivateNetwork[] {
  const { cloud, hosts } = context.facts;
  const used = new Set(
    cloud?.droplets.flatMap(({ name, vpcId }) => (name in hosts && vpcId !== null ? [vpcId] : [])),
  );
  const vpcs = (cloud?.vpcs ?? []).filter(({ id }) => used.has(id));
  if (vpcs.length > 0) return vpcs.map(({ name, range }) => ({ subject: `VPC ${name}`, network: range }));
  return viewHosts(context).flatMap(({ name, privateAddress }) =>
    privateAddress === null
      ? []
      : [
          {
            subject: `host ${name}`,
            network: networkText(`${privateAddress.address}/${privateAddress.prefixLength}`),
          },
        ],
  );
}
