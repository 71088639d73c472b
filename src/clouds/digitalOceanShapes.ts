import type { CloudFirewall, CloudRule, Droplet, DropletSize, Vpc } from "../model/cloudFacts.ts";
import { arrayAt, booleanAt, numberAt, objectOf, stringAt } from "./shape.ts";

/** Readers of single items; each throws a plain `Error` that names the field that is not as it should be. */
export function dropletOf(item: unknown): Droplet {
  const droplet = objectOf(item, "a droplet");
  const addresses = addressesOf(droplet);
  return {
    id: numberAt(droplet, "id"),
    name: stringAt(droplet, "name"),
    region: stringAt(objectOf(droplet.region, "region"), "slug"),
    size: stringAt(droplet, "size_slug"),
    image: typeof droplet.image === "object" && droplet.image !== null ? slugOf(droplet.image) : null,
    vpcId: typeof droplet.vpc_uuid === "string" ? droplet.vpc_uuid : null,
    publicAddress: addresses.find(({ type }) => type === "public")?.address ?? null,
    privateAddress: addresses.find(({ type }) => type === "private")?.address ?? null,
    tags: stringsAt(droplet, "tags"),
  };
}

export function vpcOf(item: unknown): Vpc {
  const vpc = objectOf(item, "a VPC");
  return {
    id: stringAt(vpc, "id"),
    name: stringAt(vpc, "name"),
    region: stringAt(vpc, "region"),
    range: stringAt(vpc, "ip_range"),
  };
}

export function firewallOf(item: unknown): CloudFirewall {
  const firewall = objectOf(item, "a firewall");
  return {
    id: stringAt(firewall, "id"),
    name: stringAt(firewall, "name"),
    dropletIds: numbersAt(firewall, "droplet_ids"),
    tags: stringsAt(firewall, "tags"),
    inbound: arrayAt(firewall, "inbound_rules").map(ruleOf),
  };
}

export function sizeOf(item: unknown): DropletSize {
  const size = objectOf(item, "a size");
  return {
    slug: stringAt(size, "slug"),
    cpus: numberAt(size, "vcpus"),
    memoryBytes: numberAt(size, "memory") * MEBIBYTE,
    diskBytes: numberAt(size, "disk") * GIBIBYTE,
    monthlyCents: Math.round(numberAt(size, "price_monthly") * 100),
    regions: stringsAt(size, "regions"),
    isAvailable: booleanAt(size, "available"),
  };
}

const MEBIBYTE = 1024 ** 2;
const GIBIBYTE = 1024 ** 3;
const PROTOCOLS = ["tcp", "udp", "icmp"] as const;

/** `0` and `all` both stand for every port; icmp has none. */
function ruleOf(item: unknown): CloudRule {
  const rule = objectOf(item, "an inbound rule");
  const sources = objectOf(rule.sources ?? {}, "sources");
  const protocol = PROTOCOLS.find((known) => known === rule.protocol);
  if (protocol === undefined) throw new Error(`protocol is ${JSON.stringify(rule.protocol)}`);
  const ports =
    rule.ports === undefined || rule.ports === "" || rule.ports === "0" ? "all" : stringAt(rule, "ports");
  return {
    protocol,
    ports,
    sources: {
      addresses: stringsAt(sources, "addresses"),
      dropletIds: numbersAt(sources, "droplet_ids"),
      tags: stringsAt(sources, "tags"),
    },
  };
}

function addressesOf(droplet: Readonly<Record<string, unknown>>) {
  return arrayAt(objectOf(droplet.networks ?? {}, "networks"), "v4").map((network) => {
    const entry = objectOf(network, "a network");
    return { type: stringAt(entry, "type"), address: stringAt(entry, "ip_address") };
  });
}

function slugOf(image: object): string | null {
  const { slug } = image as { readonly slug?: unknown };
  return typeof slug === "string" ? slug : null;
}

/** Absent and null are empty: the API leaves out what there is none of. */
function stringsAt(object: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  return arrayAt(object, key).map((each) => {
    if (typeof each !== "string") throw new Error(`${key} holds ${JSON.stringify(each)}`);
    return each;
  });
}

function numbersAt(object: Readonly<Record<string, unknown>>, key: string): readonly number[] {
  return arrayAt(object, key).map((each) => {
    if (typeof each !== "number") throw new Error(`${key} holds ${JSON.stringify(each)}`);
    return each;
  });
}
