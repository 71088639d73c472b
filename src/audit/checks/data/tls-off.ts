import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { Variable } from "../../view/environment.ts";
import { linesMatching, PYTHON } from "../../view/repository.ts";
import { writtenValues } from "../../view/writtenValues.ts";

export const tlsOff: AuditCheck = {
  id: "data/tls-off",
  severity: "warns",
  title: "A consumer of Postgres refuses TLS",
  reason:
    "The managed Postgres takes connections over TLS only. A consumer that says `sslmode=disable`, because the old one in the cluster had no certificate, is turned away at the switch. `require` encrypts; " +
    "`verify-full` with the provider's certificate also makes sure who answers.",
  sources: [
    "https://docs.digitalocean.com/products/databases/postgresql/how-to/connect/",
    "https://www.postgresql.org/docs/current/libpq-ssl.html",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const leaving = context.stores.filter(({ kind, leavesCluster }) => kind === "postgres" && leavesCluster);
  if (leaving.length === 0) return [];
  const consumers = leaving.flatMap(({ consumers }) => consumers.map(({ workload }) => workload));
  const variables = writtenValues(context, isOff, [...new Set(consumers)]).map(
    ({ subject, evidence, variable: { name } }) => ({
      subject,
      evidence,
      fix: `Write require in place of disable in ${name}, at the switch: the old server may not speak TLS.`,
    }),
  );
  const settings = linesMatching(context, PYTHON, /["']sslmode["']\s*:\s*["']disable["']/).map(
    ({ at, text }) => ({
      subject: at.file,
      evidence: text,
      fix: "Take sslmode out of the settings and leave it to the URL.",
      at,
    }),
  );
  return [...variables, ...settings];
}

function isOff({ name, value }: Variable): boolean {
  return /[?&]sslmode=disable\b/.test(value) || (name === "PGSSLMODE" && value === "disable");
}
