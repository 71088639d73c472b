import type { HostFact } from "./hostFact.ts";

export const k3sVersionFact: HostFact<string | null> = {
  name: "k3s version",
  script: "if command -v k3s >/dev/null; then k3s --version; fi",
  parse: (text) => /^k3s version (\S+)/m.exec(text)?.[1] ?? null,
};
