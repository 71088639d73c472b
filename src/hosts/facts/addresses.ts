import type { HostAddress } from "../../model/hostFacts.ts";
import { type HostFact, linesOf } from "./hostFact.ts";

/** The one-line form is the same in iproute2 and BusyBox; JSON is not. */
export const addressesFact: HostFact<readonly HostAddress[]> = {
  name: "addresses",
  script: "command -v ip >/dev/null || exit 127\nip -o link && ip -o addr",
  parse(text) {
    const lines = linesOf(text);
    const mtus = new Map(lines.flatMap(mtuIn));
    return lines.flatMap((line) => addressIn(line, mtus));
  },
};

function mtuIn(line: string): readonly (readonly [string, number])[] {
  const [, device, mtu] = /^\d+: ([^:@\s]+)(?:@\S+)?: .* mtu (\d+)/.exec(line) ?? [];
  return device === undefined ? [] : [[device, Number(mtu)]];
}

function addressIn(line: string, mtus: ReadonlyMap<string, number>): readonly HostAddress[] {
  const [, device, address, width] =
    /^\d+: (\S+)\s+inet6? ([0-9a-f.:]+)(?: peer [0-9a-f.:]+)?(?:\/(\d+))?/.exec(line) ?? [];
  if (device === undefined || address === undefined) return [];
  const prefixLength = width === undefined ? (address.includes(":") ? 128 : 32) : Number(width);
  return [{ interface: device, address, prefixLength, mtu: mtus.get(device) ?? null }];
}
