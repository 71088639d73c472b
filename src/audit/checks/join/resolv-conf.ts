import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { unbuiltHosts } from "../../view/hosts.ts";
import type { Setting } from "../../view/setting.ts";
import { lastOf, settingsNamed, settingText } from "../../view/settings.ts";

export const resolvConf: AuditCheck = {
  id: "join/resolv-conf",
  severity: "blocks",
  title: "The kubelet's resolv.conf is on one host only",
  reason:
    "The kubelet gives every pod the file that resolv-conf names. Where it is missing no pod starts at all: FailedCreatePodSandBox, no such " +
    "file or directory. A configuration copied to the new node names it; the file itself has to be there before k3s starts, and must not lie " +
    "where something cleans up.",
  sources: [
    "https://github.com/kubernetes-sigs/kubespray/issues/10746",
    "https://github.com/kubernetes-sigs/kubespray/issues/11810",
    "https://github.com/k3s-io/k3s/issues/5503",
  ],
  find,
};

/** Every system has these. */
const USUAL = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

function find(context: AuditContext): readonly Hit[] {
  const naming = settingsNamed(context, "resolv-conf", "kubelet-arg").filter((each) => pathOf(each) !== null);
  const settings = lastOf(naming).flatMap((setting) => {
    const path = pathOf(setting);
    return path === null || USUAL.includes(path) ? [] : [{ setting, path }];
  });
  const [first] = settings;
  const missing = settings.flatMap(({ setting, path }) => missingOn(context, setting, path));
  const coming =
    first === undefined
      ? []
      : unbuiltHosts(context).map((name) => comingHit(name, first.setting, first.path));
  return [...missing, ...coming];
}

function pathOf({ key, value }: Setting): string | null {
  if (key === "resolv-conf") return value;
  return /^-{0,2}resolv-conf=(.+)$/.exec(value)?.[1] ?? null;
}

/** On the host whose configuration names it. */
function missingOn({ facts }: AuditContext, setting: Setting, path: string): readonly Hit[] {
  const files = setting.host === null ? [] : (facts.hosts[setting.host]?.files ?? []);
  const isMissing = files.some((file) => file.path === path && file.text === null);
  if (!isMissing) return [];
  return [
    {
      subject: setting.subject,
      evidence: `${settingText(setting)}; there is no ${path}`,
      fix: `Put ${path} there before k3s starts, or take the setting out.`,
    },
  ];
}

function comingHit(name: string, setting: Setting, path: string): Hit {
  return {
    subject: `host ${name}`,
    evidence: `${settingText(setting)} of ${setting.subject}: ${path} is a file of that host`,
    fix: `Copy ${path} to ${name} before k3s starts there, or leave resolv-conf out of its configuration.`,
    severity: "warns",
    ...(setting.at === undefined ? {} : { at: setting.at }),
  };
}
