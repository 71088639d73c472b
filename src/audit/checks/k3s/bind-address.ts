import type { ListeningSocket } from "../../../model/hostFacts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type HostView, serversOf } from "../../view/hosts.ts";
import { apiPort } from "../../view/ports.ts";
import { covers } from "../../view/ranges.ts";
import type { Setting } from "../../view/setting.ts";
import { lastOf, settingsNamed, settingText } from "../../view/settings.ts";

export const bindAddress: AuditCheck = {
  id: "k3s/bind-address",
  severity: "blocks",
  title: "Nobody can join: the server listens for itself alone",
  reason:
    "k3s's own bind-address decides where the supervisor and the API listen on 6443. With 127.0.0.1 no agent reaches them, whatever the " +
    "firewall says. What listens on the port now is the proof; the setting says what comes after the next start. The argument " +
    "kube-apiserver-arg: bind-address=127.0.0.1 is something else and stands in nobody's way.",
  sources: [
    "https://github.com/k3s-io/k3s/issues/10444",
    "https://github.com/k3s-io/k3s/issues/541",
    "https://docs.k3s.io/cli/server",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const settings = lastOf(settingsNamed(context, "bind-address")).filter(({ role }) => role === "server");
  const onHosts = serversOf(context).flatMap((host) => {
    const setting = settings.find((each) => each.host === host.name);
    return hitOf(context, host, setting) ?? [];
  });
  const inFiles = settings.filter(({ host, value }) => host === null && isLoopback(value)).map(fileHit);
  return [...onHosts, ...inFiles];
}

function hitOf(context: AuditContext, host: HostView, setting: Setting | undefined): Hit | null {
  const { port } = apiPort(context);
  const sockets = host.facts.sockets.filter((each) => each.protocol === "tcp" && each.port === port);
  const isShut = sockets.length > 0 && sockets.every(({ address }) => isLoopback(address));
  const willBeShut = setting !== undefined && isLoopback(setting.value);
  if (!isShut && !willBeShut) return null;
  const evidence = [
    ...(willBeShut ? [settingText(setting)] : []),
    ...sockets.map(socketText),
    ...(willBeShut && sockets.length > 0 && !isShut ? ["so it comes with the next start of k3s"] : []),
  ].join("; ");
  return { subject: `host ${host.name}`, evidence, fix: fixOf(host, setting), ...placeOf(setting) };
}

function fixOf({ name, privateAddress }: HostView, setting: Setting | undefined): string {
  const where = setting === undefined ? "the configuration of k3s" : setting.where;
  const firewall = `Close 6443 to the internet in the firewall of ${name} first, and open it to ${privateAddress === null ? "the private network" : `the private network on ${privateAddress.interface}`}.`;
  return `Take bind-address out of ${where} (k3s then listens on every address), and restart k3s. ${firewall}`;
}

function fileHit(setting: Setting): Hit {
  return {
    subject: setting.subject,
    evidence: settingText(setting),
    fix: "Take the line out: k3s then listens on every address. Close 6443 to the internet in the host's firewall first.",
    ...placeOf(setting),
  };
}

function placeOf(setting: Setting | undefined): Pick<Hit, "at"> {
  return setting?.at === undefined ? {} : { at: setting.at };
}

function socketText({ address, port, process }: ListeningSocket): string {
  return `${process ?? "a process"} listens on ${address.includes(":") ? `[${address}]` : address}:${port}`;
}

function isLoopback(address: string): boolean {
  return (
    address === "::1" || address === "[::1]" || address === "localhost" || covers("127.0.0.0/8", address)
  );
}
