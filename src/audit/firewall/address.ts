/** An IP address as a number, with its family: `10.0.0.1` and `::a00:1` are different addresses. */
export interface Address {
  readonly family: "ip" | "ip6";
  readonly bits: bigint;
}

/** First and last address of a block. */
export interface AddressRange {
  readonly family: Address["family"];
  readonly first: bigint;
  readonly last: bigint;
}

/** `null` for what is no address. */
export function parseAddress(text: string): Address | null {
  const four = parseIpv4(text);
  if (four !== null) return { family: "ip", bits: four };
  const six = text.includes(":") ? parseIpv6(text) : null;
  return six === null ? null : { family: "ip6", bits: six };
}

/** `10.0.0.0/8` as its first and last address; `null` for what is no block. */
export function blockOf(text: string, length: number): AddressRange | null {
  const address = parseAddress(text);
  const width = address?.family === "ip" ? 32 : 128;
  if (address === null || !Number.isInteger(length) || length < 0 || length > width) return null;
  const size = 1n << BigInt(width - length);
  const first = address.bits - (address.bits % size);
  return { family: address.family, first, last: first + size - 1n };
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return null;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | null {
  const [head = "", tail, ...more] = withoutDottedTail(text).split("::");
  if (more.length > 0) return null;
  const first = groupsOf(head);
  const last = tail === undefined ? [] : groupsOf(tail);
  const missing = 8 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...first, ...Array.from({ length: missing }, () => "0"), ...last];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
}

/** `::ffff:10.0.0.1` → `::ffff:a00:1`. */
function withoutDottedTail(text: string): string {
  const tail = /[^:]+\.[^:]+$/.exec(text)?.[0];
  const bits = tail === undefined ? null : parseIpv4(tail);
  if (tail === undefined || bits === null) return text;
  return `${text.slice(0, -tail.length)}${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
}

/** The usual way to write an IPv4 address; IPv6 stays long. */
export function addressText({ family, bits }: Address): string {
  return family === "ip"
    ? [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join(".")
    : Array.from({ length: 8 }, (_, at) => ((bits >> BigInt(112 - 16 * at)) & 0xffffn).toString(16)).join(
        ":",
      );
}
