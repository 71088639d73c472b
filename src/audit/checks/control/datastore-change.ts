import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { Setting } from "../../view/setting.ts";
import { lastOf, settingsNamed, settingText } from "../../view/settings.ts";

export const datastoreChange: AuditCheck = {
  id: "control/datastore-change",
  severity: "warns",
  title: "The next start of k3s would change its datastore",
  reason:
    "cluster-init: true turns sqlite into etcd at the next start, and there is no way back; releases of mid-2025 failed at it. Beside " +
    "datastore-endpoint it starts an empty cluster. For one server and its agents sqlite is right: it needs no change.",
  sources: [
    "https://docs.k3s.io/datastore/ha-embedded",
    "https://github.com/k3s-io/k3s/issues/12478",
    "https://github.com/k3s-io/k3s/issues/4046",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const settings = settingsNamed(context, "cluster-init", "datastore-endpoint");
  return lastOf(settings)
    .filter(({ key, value }) => key === "cluster-init" && value === "true")
    .flatMap((setting) => {
      const { host, subject } = setting;
      const datastore = host === null ? undefined : context.facts.hosts[host]?.k3s?.datastore;
      const endpoint = settings.find((each) => each.key === "datastore-endpoint" && each.subject === subject);
      // Where etcd already is, the setting has done its work.
      return datastore === "etcd" && endpoint === undefined ? [] : [hitOf(setting, datastore, endpoint)];
    });
}

function hitOf(setting: Setting, datastore: string | null | undefined, endpoint: Setting | undefined): Hit {
  const place = setting.at === undefined ? {} : { at: setting.at };
  if (endpoint !== undefined) {
    return {
      subject: setting.subject,
      evidence: `${settingText(setting)} beside datastore-endpoint (${endpoint.where})`,
      fix: "Take cluster-init out: together they start an empty cluster.",
      severity: "blocks",
      ...place,
    };
  }
  return {
    subject: setting.subject,
    evidence: `${settingText(setting)}${datastore === null || datastore === undefined ? "" : `; the datastore is ${datastore}`}`,
    fix: "Take cluster-init out, and leave that change for a plan of its own, with a copy of server/db and of server/token kept elsewhere first.",
    ...place,
  };
}
