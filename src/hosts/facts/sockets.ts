import type { ListeningSocket } from "../../model/hostFacts.ts";
import { type HostFact, linesOf } from "./hostFact.ts";

/** `ss` and BusyBox's `netstat` differ in their columns; the first thing that ends in a port is the local address in both. */
export const socketsFact: HostFact<readonly ListeningSocket[]> = {
  name: "listening sockets",
  script: `if command -v ss >/dev/null; then ss -H -ltnup
elif command -v netstat >/dev/null; then netstat -ltnu
else echo "neither ss nor netstat is there" >&2; exit 127; fi`,
  parse: (text) => linesOf(text).flatMap(socketIn),
};

function socketIn(line: string): readonly ListeningSocket[] {
  const protocol = /^(tcp|udp)/.exec(line)?.[1];
  const local = line.split(/\s+/).find((column) => /:\d+$/.test(column));
  if (local === undefined || (protocol !== "tcp" && protocol !== "udp")) return [];
  const colon = local.lastIndexOf(":");
  return [
    {
      protocol,
      address: addressOf(local.slice(0, colon)),
      port: Number(local.slice(colon + 1)),
      process: /users:\(\("([^"]+)"/.exec(line)?.[1] ?? null,
    },
  ];
}

/** `[::]` and `*` (every address of both families) are `::`; a scope (`%lo`) is left out. */
function addressOf(text: string): string {
  const bare = text.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  return bare === "*" || bare === "" ? "::" : bare;
}
