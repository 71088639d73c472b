import type { HostFile, K3sSetting } from "../../model/hostFacts.ts";
import { REDACTED, redactText, redactValue } from "../../model/redact.ts";

/** k3s settings whose value is a secret, whatever their name sounds like; those that end in `-file` name only where it is. */
const SECRET_KEYS = new Set([
  "agent-token",
  "etcd-s3-access-key",
  "etcd-s3-secret-key",
  "etcd-s3-session-token",
  "token",
  "vpn-auth",
]);

export function redactSetting(setting: K3sSetting): K3sSetting {
  const { key, values } = setting;
  return {
    ...setting,
    values: values.map((value) => (SECRET_KEYS.has(key) ? REDACTED : redactValue(key, value))),
  };
}

/** The secret values among settings, so that they can be found wherever else they stand. */
export function secretsIn(settings: readonly K3sSetting[]): readonly string[] {
  return settings.flatMap(({ key, values }) =>
    SECRET_KEYS.has(key) ? values.filter((value) => value !== "") : [],
  );
}

/** Takes out the known values, what looks like a secret, and the credentials of registries.yaml. */
export function redactFile(file: HostFile, secrets: readonly string[]): HostFile {
  if (file.text === null) return file;
  const known = secrets.reduce((text, secret) => text.replaceAll(secret, REDACTED), file.text);
  return { ...file, text: redactText(known.replace(REGISTRY_AUTH, `$1${REDACTED}`)) };
}

/** `auth: …` and `identitytoken: …`, which are named like no secret. https://docs.k3s.io/installation/private-registry */
const REGISTRY_AUTH =
  /(["']?\b(?:auth|identity_?token)["']?[ \t]*:[ \t]*)(?!\[redacted\])["']?[^\s"'{}]+["']?/gi;
