import { isObject, type Json, type JsonObject, type Rule } from "./ruleset.ts";

/** A rule as nft would list it, near enough to be recognised; what has no short form stays JSON. */
export function ruleText({ expressions, comment }: Rule): string {
  const words = expressions.map(expressionText).filter((text) => text !== "");
  return comment === null ? words.join(" ") : `${words.join(" ")} comment ${JSON.stringify(comment)}`;
}

/** One match or statement. */
export function expressionText(expression: Json): string {
  if (!isObject(expression)) return typeof expression === "string" ? expression : JSON.stringify(expression);
  const [kind = "", body] = Object.entries(expression)[0] ?? [];
  switch (kind) {
    case "match":
      return isObject(body) ? matchText(body) : JSON.stringify(expression);
    case "vmap":
      return isObject(body) ? `${operandText(body.key)} vmap ${operandText(body.data)}` : "vmap";
    case "jump":
    case "goto":
      return `${kind} ${isObject(body) ? String(body.target) : ""}`;
    case "counter":
      return "counter";
    case "reject":
      return "reject";
    case "xt":
      return isObject(body) ? `xt ${String(body.type)} ${String(body.name)}` : "an iptables extension (xt)";
    default:
      return body === null ? kind : `${kind} ${JSON.stringify(body)}`;
  }
}

function matchText({ op, left, right }: JsonObject): string {
  const operator = op === "==" || op === "in" ? "" : `${String(op)} `;
  return `${operandText(left)} ${operator}${operandText(right)}`;
}

function operandText(operand: Json): string {
  if (Array.isArray(operand)) return operand.map(operandText).join(",");
  if (!isObject(operand)) return String(operand);
  const [kind = "", body] = Object.entries(operand)[0] ?? [];
  if (kind === "set" && Array.isArray(body)) return `{ ${body.map(elementText).join(", ")} }`;
  if (kind === "concat" && Array.isArray(body)) return body.map(operandText).join(" . ");
  if (kind === "range" && Array.isArray(body)) return body.map(operandText).join("-");
  if (kind === "&" && Array.isArray(body)) return body.map(operandText).join(" & ");
  return isObject(body) ? objectText(kind, body) : JSON.stringify(operand);
}

function objectText(kind: string, body: JsonObject): string {
  switch (kind) {
    case "payload":
      return `${String(body.protocol)} ${String(body.field)}`;
    case "meta":
      return BARE_META.has(String(body.key)) ? String(body.key) : `meta ${String(body.key)}`;
    case "ct":
      return `ct ${String(body.key)}`;
    case "prefix":
      return `${String(body.addr)}/${String(body.len)}`;
    case "elem":
      return operandText(body.val);
    case "fib":
      return `fib ${operandText(body.flags)} ${String(body.result)}`;
    default:
      return JSON.stringify({ [kind]: body });
  }
}

const BARE_META = new Set(["iif", "iifname", "oif", "oifname"]);

/** A map's element is a pair of key and verdict. */
function elementText(element: Json): string {
  if (!Array.isArray(element)) return operandText(element);
  const [key, verdict] = element;
  return `${operandText(key)} : ${expressionText(verdict)}`;
}
