import type { HostFacts } from "../../model/hostFacts.ts";
import { type HostFact, linesOf } from "./hostFact.ts";

const MODULES = ["br_netfilter", "nf_conntrack", "overlay", "vxlan", "wireguard"];

/** Loaded, built in, or there to be loaded. Without `modprobe` or its folder only what is loaded can be told. */
export const modulesFact: HostFact<HostFacts["modules"]> = {
  name: "kernel modules",
  script: `for module in ${MODULES.join(" ")}; do
  if [ -d "/sys/module/$module" ]; then echo "$module yes"
  elif command -v modprobe >/dev/null && [ -e "/lib/modules/$(uname -r)/modules.builtin" ]; then
    if modprobe -n -q "$module"; then echo "$module yes"; else echo "$module no"; fi
  fi
done`,
  parse: (text) =>
    linesOf(text).flatMap((line) => {
      const [name = "", answer] = line.split(" ");
      return [{ name, isAvailable: answer === "yes" }];
    }),
};
