import type { CloudFacts } from "../model/cloudFacts.ts";
import { OutgrowError } from "../model/error.ts";
import type { Gap, Reading } from "../model/facts.ts";
import { listAll } from "./digitalOceanList.ts";
import type { DigitalOceanAccess } from "./digitalOceanQuestion.ts";
import { dropletOf, firewallOf, sizeOf, vpcOf } from "./digitalOceanShapes.ts";

/**
 * What DigitalOcean says of machines, networks, firewalls and sizes. A list the token may not read is a gap.
 * https://docs.digitalocean.com/reference/api/
 */
export async function readDigitalOcean(access: DigitalOceanAccess): Promise<Reading<CloudFacts>> {
  const gaps: Gap[] = [];
  const list = async <T>(name: string, read: (item: unknown) => T): Promise<readonly T[]> => {
    try {
      return (await listAll(access, name)).map((item) => shaped(name, item, read));
    } catch (error) {
      if (!(error instanceof OutgrowError) || error.code !== "denied") throw error;
      gaps.push({ area: "cloud", subject: name, reason: "denied", message: error.message });
      return [];
    }
  };
  const [droplets, vpcs, firewalls, sizes] = await Promise.all([
    list("droplets", dropletOf),
    list("vpcs", vpcOf),
    list("firewalls", firewallOf),
    list("sizes", sizeOf),
  ]);
  return { value: { provider: "digitalocean", droplets, vpcs, firewalls, sizes }, gaps };
}

function shaped<T>(name: string, item: unknown, read: (item: unknown) => T): T {
  try {
    return read(item);
  } catch (cause) {
    throw new OutgrowError(
      "bad-answer",
      `DigitalOcean's ${name} do not look as they should: ${(cause as Error).message}.`,
      {
        hint: "This outgrow is older than their API, or something else answered in its place.",
        cause,
      },
    );
  }
}
