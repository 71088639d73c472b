import type { HostFile, K3sSetting } from "../../model/hostFacts.ts";

const REDACTED = "[redacted]";

/** k3s settings whose value is a secret; those that end in `-file` name only where it is. */
const SECRET_KEYS = new Set([
  "agent-token",
  "etcd-s3-access-key",
  "etcd-s3-secret-key",
  "etcd-s3-session-token",
  "token",
  "vpn-auth",
]);

export function redactSetting(setting: K3sSetting): K3sSetting {
  const values = setting.values.map((value) => (SECRET_KEYS.has(setting.key) ? REDACTED : redactUrl(value)));
  return { ...setting, values };
}

/** The secret values among settings, so that they can be found wherever else they stand. */
export function secretsIn(settings: readonly K3sSetting[]): readonly string[] {
  return settings
    .flatMap(({ key, values }) => (SECRET_KEYS.has(key) ? values : []))
    .filter((value) => value !== "");
}

/** Takes out the known values, and whatever is called a password, a token or a key, or looks like one. */
export function redactFile(file: HostFile, secrets: readonly string[]): HostFile {
  if (file.text === null) return file;
  const known = secrets.reduce((text, secret) => text.replaceAll(secret, REDACTED), file.text);
  return {
    ...file,
    text: redactUrl(known).replace(NAMED, `$1${REDACTED}`).replace(PEM, REDACTED).replace(TOKEN, REDACTED),
  };
}

/** `password: …`, `auth: …`, `K3S_TOKEN=…`, `--token=…`; not `token-file`, not a bare `auth:`. */
const NAMED =
  /((?:^|[\s"'{,_-])(?:password|passwd|secret|token|auth|identity_?token|access-key|secret-key|session-token|vpn-auth|api_?key|auth_?key|private_?key)["']?[ \t]*[:=][ \t]*)(?!\[redacted\])["']?[^\s"'{}\\]+["']?/gim;
const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g;
/** k3s's own tokens, whole. https://docs.k3s.io/cli/token */
const TOKEN = /\bK10[0-9a-f]{64}::\S+?(?=["'\s\\]|$)/g;

function redactUrl(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s@/"']+@/gi, `$1:${REDACTED}@`);
}
