import type { AuditCheck } from "../../check.ts";
import { addressHits } from "../../view/addressHits.ts";

export const postgresAddress: AuditCheck = {
  id: "data/postgres-address",
  severity: "blocks",
  title: "A consumer of Postgres does not follow its address",
  reason:
    "When Postgres moves, everything that talks to it must look elsewhere at one moment. That works where the whole address is one value of one Secret. Where a chart " +
    "composes it (`postgres://glaze:$(POSTGRES_PASSWORD)@glaze-postgres:5432/glaze`), changing a `DATABASE_URL` secret changes nothing: the consumer goes on " +
    "writing to the old database, and those rows are lost. Port, user, password and TLS change as well, so a host name alone is not enough. Nightly jobs and Helm " +
    "hooks know the address by themselves and are forgotten most easily.",
  sources: [
    "https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/",
    "https://docs.digitalocean.com/products/databases/postgresql/how-to/connect/",
  ],
  find: (context) => addressHits("postgres", context),
};
