import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { argumentsOf, settingText } from "../../view/settings.ts";

export const apiserverBindAddress: AuditCheck = {
  id: "k3s/apiserver-bind-address",
  severity: "informs",
  title: "A setting that was meant to hide the API hides nothing",
  reason:
    "k3s runs the API server on 127.0.0.1:6444 by default, behind its supervisor, which listens on 6443. Setting that default again " +
    "changes nothing: the API is as reachable as before, and an agent can join. Whether 6443 is open is the firewall's matter.",
  sources: [
    "https://github.com/k3s-io/k3s/blob/master/pkg/daemons/control/server.go",
    "https://github.com/k3s-io/k3s/issues/10749",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return argumentsOf(context, "kube-apiserver-arg")
    .filter(({ flag, value }) => flag === "bind-address" && value.startsWith("127."))
    .map(({ setting }) => ({
      subject: setting.subject,
      evidence: settingText(setting),
      fix: "It may stay or go. To keep strangers away from 6443, close it in the firewall (firewall/api-open says whether it is).",
      ...(setting.at === undefined ? {} : { at: setting.at }),
    }));
}
