import type { HostRoute } from "../../model/hostFacts.ts";
import { type HostFact, linesOf } from "./hostFact.ts";

/** Routes of every table but the kernel's own `local` one. */
export const routesFact: HostFact<readonly HostRoute[]> = {
  name: "routes",
  script: "command -v ip >/dev/null || exit 127\nip -4 route show table all && ip -6 route show table all",
  parse: (text) => linesOf(text).flatMap(routeIn),
};

/** Routes that lead nowhere: `unreachable 10.0.0.0/8 …`. */
const NOWHERE = new Set(["unreachable", "blackhole", "prohibit", "throw"]);
const OF_THE_HOST_ITSELF = new Set(["local", "broadcast", "anycast", "multicast"]);

function routeIn(line: string): readonly HostRoute[] {
  const words = line.split(/\s+/);
  const [first = "", second = ""] = words;
  if (OF_THE_HOST_ITSELF.has(first)) return [];
  const after = (word: string) => {
    const index = words.indexOf(word);
    return index < 0 ? null : (words[index + 1] ?? null);
  };
  const table = after("table") ?? "main";
  if (table === "local") return [];
  const destination = NOWHERE.has(first) ? second : first;
  return [{ destination, gateway: after("via"), interface: after("dev"), table }];
}
