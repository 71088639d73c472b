import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";

export const clock: AuditCheck = {
  id: "join/clock",
  severity: "blocks",
  title: "A clock is not kept",
  reason:
    'Certificates and tokens carry times: a host whose clock is off is told "certificate has expired or is not yet valid" and never joins; ' +
    "later the ages of tasks and the order of logs are wrong.",
  sources: ["https://github.com/rancher/k3os/issues/260", "https://github.com/k3s-io/k3s/issues/5163"],
  find,
};

const FURTHEST_MS = 1_000;

function find({ facts }: AuditContext): readonly Hit[] {
  return Object.entries(facts.hosts).flatMap(([name, { time }]) => {
    const offset = time?.offsetMs ?? 0;
    const isOff = Math.abs(offset) > FURTHEST_MS;
    if (time === null || (time.isSynchronized !== false && !isOff)) return [];
    const evidence = [
      ...(time.isSynchronized === false ? ["its clock is not synchronized"] : []),
      ...(isOff ? [`it is ${(offset / 1000).toFixed(1)} s off`] : []),
    ].join(", and ");
    return [
      {
        subject: `host ${name}`,
        evidence,
        fix: `On ${name}: apt-get install systemd-timesyncd && timedatectl set-ntp true (UDP 123 must get out), then: timedatectl`,
        ...(isOff ? {} : { severity: "warns" as const }),
      },
    ];
  });
}
