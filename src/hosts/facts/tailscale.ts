import type { TailscaleFacts } from "../../model/hostFacts.ts";
import type { HostFact } from "./hostFact.ts";

/** Three lines out of much: what it prints otherwise names peers and keys. */
export const tailscaleFact: HostFact<TailscaleFacts | null> = {
  name: "Tailscale",
  script: `command -v tailscale >/dev/null || { echo none; exit 0; }
echo "version $(limited tailscale version | head -n 1)"
limited tailscale status --json --peers=false | grep '"BackendState"'
limited tailscale debug prefs | grep '"RouteAll"'
true`,
  parse(text) {
    if (text.trim() === "none") return null;
    const routeAll = /"RouteAll":\s*(true|false)/.exec(text)?.[1];
    return {
      version: /^version (\S+)$/m.exec(text)?.[1] ?? null,
      isRunning: /"BackendState":\s*"Running"/.test(text),
      acceptsRoutes: routeAll === undefined ? null : routeAll === "true",
    };
  },
};
