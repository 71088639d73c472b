import type { HostFact } from "./hostFact.ts";

export const hostnameFact: HostFact<string> = {
  name: "host name",
  script: "cat /proc/sys/kernel/hostname",
  parse: (text) => text.trim(),
};
