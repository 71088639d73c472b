import type { Droplet } from "../../../model/cloudFacts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { dropletOf } from "../../view/cloudFirewall.ts";

export const oneNetwork: AuditCheck = {
  id: "cloud/one-network",
  severity: "blocks",
  title: "The droplets do not share a private network",
  reason:
    "A VPC belongs to one region, and a droplet to one VPC for good: droplets of different VPCs reach one another over the internet only, " +
    "and the private address of a managed database only from within its own. A droplet moves to another VPC by a snapshot.",
  sources: ["https://docs.digitalocean.com/products/networking/vpc/details/limits/"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const droplets = Object.keys(context.facts.hosts).flatMap((name) => dropletOf(context, name) ?? []);
  const [first, ...others] = droplets;
  if (first === undefined) return [];
  return others
    .filter(({ vpcId, region }) => vpcId !== first.vpcId || region !== first.region)
    .map((other) => ({
      subject: `droplet ${other.name}`,
      evidence: `${other.name} is in ${placeText(other, context)}, ${first.name} in ${placeText(first, context)}`,
      fix: `Create ${other.name} anew in region ${first.region} with --vpc-uuid ${first.vpcId ?? "of the first"}, before anything lives there.`,
    }));
}

function placeText({ vpcId, region }: Droplet, { facts }: AuditContext): string {
  const vpc = facts.cloud?.vpcs.find(({ id }) => id === vpcId);
  return `VPC ${vpc?.name ?? vpcId ?? "none"}, ${region}`;
}
