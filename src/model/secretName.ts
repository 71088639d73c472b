/**
 * Whether a name says that its value is a secret: `POSTGRES_PASSWORD`, `apiToken`, `DJANGO_SECRET_KEY`, `requirepass`.
 * What names where a secret is (`secretName`, `token-file`, `secretKeyRef`) or a key that is none (`topologyKey`) does not.
 */
export function isSecretName(name: string): boolean {
  if (!HINT.test(name)) return false;
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  if (SECRET_ENDING.test(last)) return !PLAIN.has(words.slice(-2).join(" "));
  if (last !== "key" && last !== "keys") return last === "auth" && words.length > 1;
  const before = words.at(-2);
  if (before === undefined) return false;
  return isConstant(name) ? !PLAIN_KEYS.has(before) : SECRET_KEYS.has(before);
}

/** Nearly every name is none, and this tells most of them quickly. */
const HINT = /pass|pwd|secret|token|credential|key|auth|dsn/i;

const SECRET_ENDING =
  /(password|passwd|passphrase|passwort|secret|token|credential|credentials|requirepass|masterauth|apikey|authkey|secretkey|privatekey|accesskey|dsn)$|^(pwd|pass)$/;

/** `page token` and the like are no secrets. */
const PLAIN: ReadonlySet<string> = new Set(["continue token", "page token"]);

const SECRET_KEYS: ReadonlySet<string> = new Set([
  "access",
  "account",
  "api",
  "auth",
  "encryption",
  "hmac",
  "jwt",
  "license",
  "master",
  "private",
  "secret",
  "session",
  "shared",
  "signing",
  "ssh",
]);

/** In a constant's name any key is taken for a secret but these. */
const PLAIN_KEYS: ReadonlySet<string> = new Set([
  "public",
  "topology",
  "primary",
  "foreign",
  "cache",
  "sort",
  "partition",
]);

function isConstant(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name);
}

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}
