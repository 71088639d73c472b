import { isSecretName } from "./secretName.ts";

export const REDACTED = "[redacted]";

/**
 * A text of any kind (YAML, shell, a configuration file, a log) without what is secret in it: user and password of URLs, values
 * of what is named like a secret, private keys, tokens known by their form, credentials of HTTP headers. What only *names* a secret
 * (`$(PASSWORD)`, `${TOKEN}`, `{{ .password }}`) stays: it tells how a text is put together. Redacting twice changes nothing,
 * and every line stays at its number.
 */
export function redactText(text: string): string {
  const whole = text.replace(PRIVATE_KEY, eachLine).replace(HEADER, `$1 ${REDACTED}`);
  const tokens = TOKENS.reduce((left, form) => left.replace(form, REDACTED), whole);
  return redactBlocks(redactNamed(redactUrls(tokens)));
}

/** The value of something with a name: all of it goes when the name says it is a secret. */
export function redactValue(name: string, value: string): string {
  return isSecretName(name) && !isReference(value) && value !== "" ? REDACTED : redactText(value);
}

function eachLine(lines: string): string {
  return lines.replace(/\S.*/g, REDACTED);
}

/** Nothing but a reference to a value that is somewhere else. */
export function isReference(value: string): boolean {
  return /^["']?(\$\(\w[\w.-]*\)|\$\{[^{}]+\}|\$\w+|\{\{.*\}\}|<[\w -]+>|\[redacted\])["']?$/s.test(
    value.trim(),
  );
}

const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|$)/g;

const HEADER = /\b(Bearer|Basic)[ \t]+(?!\[redacted\]|\$|\{\{)[\w+/=.~-]{8,}/gi;

/** Tokens that are known by how they look. */
const TOKENS: readonly RegExp[] = [
  // k3s, whole or short. https://docs.k3s.io/cli/token
  /\bK10[0-9a-f]{64}::[^\s"',;]+/g,
  /\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abpr]-[\w-]{10,})/g,
  /\b(dop_v1_\w{16,}|glc_[\w+/=-]{16,}|glsa_\w{16,}|tskey-[\w-]{10,}|(sk|rk|pk)_live_\w{10,}|AKIA[0-9A-Z]{16})/g,
];

/** Logins that are no secrets: `ssh://git@github.com`. */
const LOGIN_SCHEMES = /^(ssh|git|git\+ssh|sftp|scp)$/i;

/** The authority of a URL up to its last `@`; a password may hold any of `/?#@` where a colon stands before it. */
const URL_USER =
  /\b([a-z][a-z0-9+.-]*):\/\/([^\s"'`<>/?#@:]*:(?!\d+[/?#"'\s])(?:\$\{[^}\s]*\}|\{\{[^}]*\}\}|[^\s"'`<>])*|(?:\{\{[^}]*\}\}|[^\s"'`<>/?#])*)@/gi;

function redactUrls(text: string): string {
  return text.replace(URL_USER, (whole, scheme: string, user: string) => {
    if (LOGIN_SCHEMES.test(scheme) && !user.includes(":")) return whole;
    const [name = "", ...rest] = user.split(":");
    const password = rest.join(":");
    const shown =
      rest.length > 0 && (password === "" || isReference(password)) ? user : redactedUser(name, password);
    return `${scheme}://${shown}@`;
  });
}

/** A password that is half text, half reference keeps the reference. */
function redactedUser(name: string, password: string): string {
  if (password === "" && isReference(name)) return name;
  const references = password.match(/\$\([\w.-]+\)|\$\{[^{}]+\}|\{\{.*?\}\}/g) ?? [];
  return `${REDACTED}${references.join("")}`;
}

const VALUE = String.raw`("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"'{}[\]|>&;,][^\s"',;}]*)`;

/** `NAME=value`, `name: value`, `--name=value`, `"name": "value"`. */
const ASSIGNED = new RegExp(String.raw`([\w.-]*\w)(["']?[ \t]*[:=][ \t]*)${VALUE}`, "g");

/** `--name value`, and what redis.conf says. */
const SPACED = new RegExp(String.raw`(--?\w[\w-]*|\brequirepass|\bmasterauth)([ \t]+)${VALUE}`, "g");

function redactNamed(text: string): string {
  return text.replace(ASSIGNED, withoutValue).replace(SPACED, withoutValue);
}

function withoutValue(whole: string, name: string, sign: string, value: string): string {
  const bare = value.replace(/^(["'])(.*)\1$/s, "$2");
  // `Environment=DB_PASSWORD=…`: the value is an assignment of its own.
  if (!isSecretName(name)) return `${name}${sign}${value.includes("=") ? redactNamed(value) : value}`;
  if (PLAIN_VALUES.test(bare) || isReference(bare)) return whole;
  const quote = /^["']/.exec(value)?.[0] ?? "";
  return `${name}${sign}${quote}${REDACTED}${quote}`;
}

/** What nobody chooses as a secret, and what stands for one. */
const PLAIN_VALUES = /^(true|false|null|none|yes|no|~|\$.*|\{\{.*|<.*>|\[redacted\].*|)$/i;

/** `password: |` and the indented lines after it. */
const BLOCK =
  /^([ \t]*)((?:- )?["']?([\w.-]+)["']?:[ \t]*[|>][-+\d]*[ \t]*)\n((?:\1[ \t]+.*(?:\n|$)|[ \t]*\n)+)/gm;

function redactBlocks(text: string): string {
  return text.replace(BLOCK, (whole, indent: string, head: string, name: string, body: string) => {
    if (!isSecretName(name)) return whole;
    return `${indent}${head}\n${eachLine(body)}`;
  });
}
