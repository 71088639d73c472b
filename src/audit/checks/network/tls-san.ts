import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { linesLike, placeText, type Statement } from "../../view/deployFiles.ts";
import { type HostView, serversOf } from "../../view/hosts.ts";
import { viewNodes } from "../../view/nodes.ts";
import { settingsNamed } from "../../view/settings.ts";

export const tlsSan: AuditCheck = {
  id: "network/tls-san",
  severity: "warns",
  title: "The server's certificate does not name an address it is reached by",
  reason:
    "k3s puts its hostname, node-ip, node-external-ip and advertise-address into the certificate of port 6443, and what " +
    "tls-san lists. By any other name or address a client refuses it: kubectl from outside, or an agent that joins there.",
  sources: ["https://docs.k3s.io/cli/server", "https://github.com/k3s-io/k3s/issues/3551"],
  find,
};

/** `K3S_URL=https://glaze-prod:6443`, `server: https://…:6443`, `--server https://…:6443` */
const API_URL = /https:\/\/([\w.-]+):6443\b/;

function find(context: AuditContext): readonly Hit[] {
  return serversOf(context).flatMap((server) => {
    if (server.facts.k3s === null) return [];
    const names = certifiedNames(context, server);
    const urls = linesLike(context, API_URL)
      .map((statement) => ({ statement, name: API_URL.exec(statement.text)?.[1] ?? "" }))
      .filter(({ name }) => !names.includes(name) && concerns(server, name));
    return urls.map(({ statement, name }) => hitOf(server, name, statement));
  });
}

/** What k3s certifies by itself, and what it is told to. */
function certifiedNames(context: AuditContext, { name, facts }: HostView): readonly string[] {
  const said = settingsNamed(
    context,
    "tls-san",
    "node-ip",
    "node-external-ip",
    "advertise-address",
    "node-name",
  )
    .filter(({ host }) => host === name)
    .flatMap(({ value }) => value.split(","));
  const node = viewNodes(context).find(({ host }) => host?.name === name);
  const live = [node?.internalAddress, node?.externalAddress].flatMap((address) => address ?? []);
  return ["127.0.0.1", "localhost", "kubernetes", facts.hostname, ...said, ...live];
}

/** Its own name or one of its addresses: another server's URL is not this one's matter. */
function concerns({ name, facts }: HostView, wanted: string): boolean {
  return (
    wanted === name ||
    wanted.split(".")[0] === facts.hostname ||
    facts.addresses.some(({ address }) => address === wanted)
  );
}

function hitOf({ name }: HostView, wanted: string, { at }: Statement): Hit {
  return {
    subject: `host ${name}`,
    evidence: `${placeText(at)} reaches the API as ${wanted}, which no tls-san names`,
    fix: `In /etc/rancher/k3s/config.yaml of ${name}:\ntls-san:\n  - ${wanted}\nThen: systemctl restart k3s`,
    at,
  };
}
