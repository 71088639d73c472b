import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { serversOf } from "../../view/hosts.ts";
import { field } from "../../view/kube.ts";
import { viewNodes } from "../../view/nodes.ts";
import { isPrivate } from "../../view/ranges.ts";
import { lastOf, settingsNamed, settingText } from "../../view/settings.ts";

export const advertisedAddress: AuditCheck = {
  id: "network/advertised-address",
  severity: "blocks",
  title: "Agents are sent on to an address that is not private",
  reason:
    "An agent does not stay with the address it joined by. After its first contact it goes to the address the server " +
    'advertises (advertise-address, else node-external-ip, else node-ip): its log then says "Removing server …". Firewall and ' +
    "certificate must fit that address, or the agent joins once and is lost after a restart.",
  sources: [
    "https://github.com/k3s-io/k3s/issues/8813",
    "https://github.com/k3s-io/k3s/issues/2087",
    "https://github.com/k3s-io/k3s/issues/3551",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const isNodePublic = viewNodes(context).some(
    ({ internalAddress }) => internalAddress !== null && !isPrivate(internalAddress),
  );
  // The node's own address is a finding of its own, and its fix is this one's too.
  if (isNodePublic) return [];
  const live = liveAddresses(context).filter((address) => !isPrivate(address));
  return live.length > 0 ? live.map((address) => liveHit(context, address)) : configuredHits(context);
}

/** What the API itself says of where it is reached. */
function liveAddresses({ cluster }: AuditContext): readonly string[] {
  return cluster
    .of("EndpointSlice")
    .filter(
      ({ metadata }) =>
        metadata.namespace === "default" && metadata.labels?.["kubernetes.io/service-name"] === "kubernetes",
    )
    .flatMap((slice) => {
      const endpoints = field(slice, "endpoints");
      return Array.isArray(endpoints) ? endpoints : [];
    })
    .flatMap((endpoint: unknown) => {
      const addresses = field(endpoint, "addresses");
      return Array.isArray(addresses) ? addresses.map(String) : [];
    });
}

function liveHit(context: AuditContext, address: string): Hit {
  return {
    subject: "EndpointSlice default/kubernetes",
    evidence: `The server advertises ${address}`,
    fix: fixOf(context),
  };
}

function configuredHits(context: AuditContext): readonly Hit[] {
  const said = settingsNamed(context, "advertise-address", "node-external-ip").filter(
    ({ role }) => role === "server",
  );
  const decisive = said.filter(({ key }) => key === "advertise-address");
  return lastOf(decisive.length > 0 ? decisive : said)
    .filter(({ value }) => !isPrivate(value))
    .map((setting) => ({
      subject: setting.subject,
      evidence: settingText(setting),
      fix: fixOf(context),
      ...(setting.at === undefined ? {} : { at: setting.at }),
    }));
}

function fixOf(context: AuditContext): string {
  const server = viewNodes(context).find(({ isServer }) => isServer);
  const own = serversOf(context)[0]?.privateAddress?.address;
  const address = server?.internalAddress ?? own ?? "<the private address>";
  return `advertise-address: ${address} in the server's /etc/rancher/k3s/config.yaml, and no node-external-ip while the hosts share a private network. Then: systemctl restart k3s`;
}
