import { type HostFact, linesOf } from "./hostFact.ts";

/** What lies in agent/images: archives that k3s imports at its start, and lists of images that it pulls. */
export const importedImagesFact: HostFact<readonly string[]> = {
  name: "imported images",
  script: `images=/var/lib/rancher/k3s/agent/images
if [ ! -e /var/lib/rancher/k3s ]; then exit 0; fi
if ! ls /var/lib/rancher/k3s >/dev/null; then exit 1; fi
if [ -d "$images" ]; then ls "$images"; fi`,
  parse: linesOf,
};
