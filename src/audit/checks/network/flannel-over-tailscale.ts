import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { viewHosts } from "../../view/hosts.ts";
import { overlap, TAILNET } from "../../view/ranges.ts";
import type { Setting } from "../../view/setting.ts";
import { lastOf, settingsNamed, settingText } from "../../view/settings.ts";

export const flannelOverTailscale: AuditCheck = {
  id: "network/flannel-over-tailscale",
  severity: "blocks",
  title: "Pod traffic would ride on Tailscale",
  reason:
    "With flannel on tailscale0 the tunnel flannel.1 disappears whenever tailscaled restarts or updates itself, and only a restart " +
    "of k3s brings it back; every packet is 1280 bytes at most. Tailscale is for people and for the API; pods take the private network.",
  sources: [
    "https://github.com/k3s-io/k3s/issues/12436",
    "https://github.com/k3s-io/k3s/issues/14142",
    "https://github.com/tailscale/tailscale/issues/16820",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const said = lastOf(settingsNamed(context, "flannel-iface", "node-ip"));
  return said
    .filter(({ key, value }) => (key === "flannel-iface" ? /^tailscale/.test(value) : isOfTailnet(value)))
    .map((setting) => ({
      subject: setting.subject,
      evidence: settingText(setting),
      fix: fixOf(context, setting),
      ...(setting.at === undefined ? {} : { at: setting.at }),
    }));
}

function isOfTailnet(value: string): boolean {
  return value.split(",").some((address) => overlap(TAILNET, address));
}

function fixOf(context: AuditContext, { key, host }: Setting): string {
  const own = viewHosts(context).find(({ name }) => name === host)?.privateAddress ?? null;
  const value = key === "node-ip" ? own?.address : own?.interface;
  return own === null
    ? "Give the hosts a private network first (a VPC), then name its interface and address there."
    : `${key}: ${value}, and restart k3s. Tailscale stays the way in for people.`;
}
