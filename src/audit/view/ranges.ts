import { type AddressRange, addressText, blockOf, parseAddress } from "../firewall/address.ts";

/** `10.42.0.0/16`, or one address; `null` for what is neither. */
export function rangeOf(text: string): AddressRange | null {
  const [address = "", length] = text.split("/");
  const family = parseAddress(address)?.family;
  return family === undefined
    ? null
    : blockOf(address, length === undefined ? WIDTHS[family] : Number(length));
}

const WIDTHS = { ip: 32, ip6: 128 } as const;

/** The network an address lies in: `10.116.0.2/20` is in `10.116.0.0/20`. */
export function networkText(text: string): string {
  const range = rangeOf(text);
  const length = text.split("/")[1];
  return range === null || length === undefined
    ? text
    : `${addressText({ family: range.family, bits: range.first })}/${length}`;
}

/** Whether two ranges have an address in common; what is no range has none. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [rangeOf(a), rangeOf(b)];
  if (first === null || second === null || first.family !== second.family) return false;
  return first.first <= second.last && second.first <= first.last;
}

/** Whether every address of `inner` lies in `outer`. */
export function covers(outer: string, inner: string): boolean {
  const [wide, narrow] = [rangeOf(outer), rangeOf(inner)];
  if (wide === null || narrow === null || wide.family !== narrow.family) return false;
  return wide.first <= narrow.first && narrow.last <= wide.last;
}

/** Private, loopback, link-local and carrier-grade NAT: no address of the internet. */
export function isPrivate(address: string): boolean {
  return ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", TAILNET].some(
    (range) => covers(range, address),
  );
}

/** Where Tailscale gives addresses. https://tailscale.com/kb/1015/100.x-addresses */
export const TAILNET = "100.64.0.0/10";
