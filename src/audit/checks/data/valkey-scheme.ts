import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { writtenValues } from "../../view/writtenValues.ts";

export const valkeyScheme: AuditCheck = {
  id: "data/valkey-scheme",
  severity: "blocks",
  title: "Celery does not know valkey://",
  reason:
    "DigitalOcean's managed Redis is Valkey, and its console may say `valkey://`. Kombu has no such transport and stops with `KeyError: 'No such transport: valkey'`. " +
    "Valkey speaks Redis's protocol: keep `rediss://`.",
  sources: ["https://github.com/celery/kombu/issues/2245", "https://github.com/celery/celery/issues/9092"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return writtenValues(context, ({ value }) => /^valkeys?:\/\//.test(value)).map(
    ({ subject, evidence, variable: { name, value } }) => ({
      subject,
      evidence,
      fix: `Write ${name} with ${value.startsWith("valkeys") ? "rediss" : "redis"}:// in place of ${value.split(":")[0]}://, the rest as it is.`,
    }),
  );
}
