import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { isBroker } from "../../view/broker.ts";
import { subjectOf } from "../../view/kube.ts";
import { claimTemplates } from "../../view/storage.ts";
import { settingOf } from "../../view/storeSettings.ts";
import type { DataStore } from "../../view/stores.ts";

export const redisPersistence: AuditCheck = {
  id: "data/redis-persistence",
  severity: "warns",
  title: "How many tasks a crash of Redis may cost",
  reason:
    "`appendonly yes` writes each command to disk and loses about a second. The managed Valkey knows no such file: it dumps at most every ten minutes, so ten minutes of queued tasks may be gone after a crash; a standby node is what helps there. A Redis in the " +
    "cluster without any volume loses all of it at each restart.",
  sources: [
    "https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/",
    "https://github.com/digitalocean/openapi/blob/main/specification/resources/databases/models/valkey_advanced_config.yml",
  ],
  find,
};

function find({ stores, cluster }: AuditContext): readonly Hit[] {
  return stores
    .filter(
      ({ kind, consumers, workloads }) =>
        kind === "redis" && workloads.length > 0 && consumers.some(isBroker),
    )
    .flatMap((store) => {
      const append = settingOf(store, "appendonly", cluster);
      if (store.leavesCluster && store.size !== null && append?.value === "yes") {
        return [
          {
            subject: append.subject,
            evidence: append.text,
            fix: "Take a plan with a standby node, or accept that ten minutes of tasks may be lost; make tasks safe to send again.",
          },
        ];
      }
      return store.leavesCluster ? [] : withoutVolume(store);
    });
}

function withoutVolume({ workloads }: DataStore): readonly Hit[] {
  return workloads
    .filter(({ object, podSpec }) => {
      const named = (podSpec.volumes ?? []).some(
        ({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined,
      );
      return !named && claimTemplates(object).length === 0;
    })
    .map(({ object }) => ({
      subject: subjectOf(object),
      evidence: "Celery keeps its queue there, and it has no volume",
      fix: "Give it a claim and the argument --appendonly yes; when its host dies it starts empty otherwise.",
    }));
}
