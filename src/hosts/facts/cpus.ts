import { countIn, type HostFact } from "./hostFact.ts";

export const cpusFact: HostFact<number | null> = {
  name: "processors",
  script: "grep -c ^processor /proc/cpuinfo",
  parse: countIn,
};
