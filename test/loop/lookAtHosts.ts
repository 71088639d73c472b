import type { ClusterLab } from "../../lab/hosts/cluster.ts";

/** Rules and files of both hosts, line by line. */
export async function lookAtHosts({ prod, worker }: ClusterLab): Promise<readonly string[]> {
  const script = "nft --stateless list ruleset; find /etc -xdev -type f -exec sha256sum {} + | sort -k 2";
  const texts = await Promise.all([prod, worker].map((host) => host.run("sh", ["-c", script])));
  return texts.flatMap((text) => text.split("\n")).sort();
}
