/** What `nft -j list ruleset` says, indexed; expressions stay as nft wrote them. */
export interface Ruleset {
  readonly chains: readonly Chain[];
  chain(table: TableName, name: string): Chain | undefined;
  set(table: TableName, name: string): NamedSet | undefined;
}

export interface TableName {
  /** `inet`, `ip`, `ip6`, `netdev`, `bridge`, `arp` */
  readonly family: string;
  readonly table: string;
}

export interface Chain extends TableName {
  readonly name: string;
  /** Set for base chains, which the kernel itself calls. */
  readonly base: BaseChain | null;
  readonly rules: readonly Rule[];
}

export interface BaseChain {
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
  readonly policy: "accept" | "drop";
  /** netdev chains hang on a device. */
  readonly device: string | null;
}

export interface Rule extends TableName {
  readonly chain: string;
  readonly handle: number;
  readonly comment: string | null;
  /** nft's own JSON; see libnftables-json(5). */
  readonly expressions: readonly Json[];
}

/** A named set or map; `elements` of a map are pairs. */
export interface NamedSet extends TableName {
  readonly name: string;
  readonly elements: readonly Json[];
  /** Rules may add to it as packets come: what it holds now proves little. */
  readonly isDynamic: boolean;
}

export type Json = unknown;
export type JsonObject = Readonly<Record<string, Json>>;

/** `null` when this is not the JSON of a ruleset. */
export function readRuleset(json: Json): Ruleset | null {
  if (!isObject(json) || !Array.isArray(json.nftables)) return null;
  const entries: readonly Json[] = json.nftables;
  const rules = entriesOf(entries, "rule").map(ruleOf);
  const rulesByChain = Map.groupBy(rules, (rule) => keyOf(rule, rule.chain));
  const chains = entriesOf(entries, "chain").map((chain) => chainOf(chain, rulesByChain));
  const chainsByKey = new Map(chains.map((chain) => [keyOf(chain, chain.name), chain]));
  const sets = [...entriesOf(entries, "set"), ...entriesOf(entries, "map")].map(setOf);
  const setsByKey = new Map(sets.map((set) => [keyOf(set, set.name), set]));
  return {
    chains,
    chain: (table, name) => chainsByKey.get(keyOf(table, name)),
    set: (table, name) => setsByKey.get(keyOf(table, name)),
  };
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function entriesOf(entries: readonly Json[], kind: string): readonly JsonObject[] {
  return entries.flatMap((entry) => {
    const body = isObject(entry) ? entry[kind] : undefined;
    return isObject(body) ? [body] : [];
  });
}

function tableOf({ family, table }: JsonObject): TableName {
  return { family: String(family), table: String(table) };
}

function chainOf(chain: JsonObject, rules: ReadonlyMap<string, readonly Rule[]>): Chain {
  const table = tableOf(chain);
  const name = String(chain.name);
  return { ...table, name, base: baseOf(chain), rules: rules.get(keyOf(table, name)) ?? [] };
}

function baseOf({ type, hook, prio, policy, dev }: JsonObject): BaseChain | null {
  if (typeof hook !== "string") return null;
  return {
    type: String(type),
    hook,
    priority: Number(prio ?? 0),
    policy: policy === "drop" ? "drop" : "accept",
    device: typeof dev === "string" ? dev : null,
  };
}

function ruleOf(rule: JsonObject): Rule {
  return {
    ...tableOf(rule),
    chain: String(rule.chain),
    handle: Number(rule.handle),
    comment: typeof rule.comment === "string" ? rule.comment : null,
    expressions: Array.isArray(rule.expr) ? rule.expr : [],
  };
}

function setOf(set: JsonObject): NamedSet {
  const flags: readonly Json[] = Array.isArray(set.flags) ? set.flags : [];
  return {
    ...tableOf(set),
    name: String(set.name),
    elements: Array.isArray(set.elem) ? set.elem : [],
    isDynamic: flags.includes("dynamic"),
  };
}

function keyOf({ family, table }: TableName, name: string): string {
  return `${family} ${table} ${name}`;
}

const IPTABLES_TABLES = new Set(["filter", "nat", "mangle", "raw", "security"]);

/** iptables-nft keeps its rules in these tables and cannot read them once nft has written there. */
export function ownedByIptables({ family, table }: TableName): boolean {
  return (family === "ip" || family === "ip6") && IPTABLES_TABLES.has(table);
}
