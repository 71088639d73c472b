import type { Place } from "../model/error.ts";
import type { Facts } from "../model/facts.ts";
import type { Finding } from "../model/finding.ts";
import { subjectOf } from "./view/kube.ts";

/**
 * Says of every finding about an object which file it is written in, when the repository is known:
 * a live object is found by its name among the rendered ones.
 */
export function placeFindings(findings: readonly Finding[], facts: Facts): readonly Finding[] {
  const places = placesOf(facts);
  return findings.map((finding) => {
    const at = finding.at ?? places.get(finding.subject);
    return at === undefined ? finding : { ...finding, at };
  });
}

function placesOf({ cluster, repository }: Facts): ReadonlyMap<string, Place> {
  const objects = [...(cluster?.objects ?? []), ...(repository?.objects ?? [])];
  return new Map(
    objects.flatMap((object) => (object.from === undefined ? [] : [[subjectOf(object), object.from]])),
  );
}
