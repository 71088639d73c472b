import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { deployFiles, quoted, type Statement, statementsOf } from "../../view/deployFiles.ts";
import { unbuiltHosts } from "../../view/hosts.ts";

export const singleHost: AuditCheck = {
  id: "deploy/single-host",
  severity: "warns",
  title: "The deploy prepares one host",
  reason:
    "What a deploy does over SSH (write configuration, load a firewall, install k3s) happens on the host it names and on no other: the new " +
    "node is left as it was on its first day, and drifts. What belongs to the cluster should go through the cluster.",
  sources: ["https://docs.k3s.io/installation/requirements"],
  find,
};

const ACTION = /\buses:\s*["']?appleboy\/(ssh|scp)-action/;

function find(context: AuditContext): readonly Hit[] {
  const known = knownHosts(context);
  return deployFiles(context).flatMap((file) => {
    const statements = statementsOf(file);
    const lines = statements.filter(({ text }) => ACTION.test(text) || isRemote(text, known));
    const [first] = lines;
    if (first === undefined || goesRound(statements)) return [];
    return [
      {
        subject: `file ${file.path}`,
        evidence: lines.map(({ at, text }) => `${at.line}: ${quoted(text)}`).join("\n"),
        fix: fixOf(context),
        at: first.at,
      },
    ];
  });
}

/** Names and addresses of the hosts there are. */
function knownHosts({ facts, intent }: AuditContext): readonly string[] {
  const read = Object.entries(facts.hosts).flatMap(([name, { hostname, addresses }]) => [
    name,
    hostname,
    ...addresses.map(({ address }) => address),
  ]);
  return [...read, ...intent.hosts.map(({ name }) => name)];
}

/** `ssh root@glaze-prod …`, or any login whose host only the run knows; git over SSH is none. */
function isRemote(text: string, known: readonly string[]): boolean {
  if (!/\b(ssh|scp|rsync)\s/.test(text) || /\bgit@/.test(text)) return false;
  const logins = [
    ...text.matchAll(/(?<![\w.-])([\w.-]+|\$\{?\w+\}?)@([\w.-]+|\$\{?\w+\}?|\$\{\{[^}]*\}\})/g),
  ];
  return (
    logins.length > 0 ||
    known.some((name) => new RegExp(`(^|[\\s"':@])${escaped(name)}([\\s"':]|$)`).test(text))
  );
}

function escaped(name: string): string {
  return name.replaceAll(".", "\\.");
}

/** A loop or a matrix over hosts. */
function goesRound(statements: readonly Statement[]): boolean {
  return statements.some(({ text }) =>
    /\bfor\s+\w*(host|node|server)\w*\s+in\b|^(hosts?|nodes?):\s*\[.*,/.test(text),
  );
}

function fixOf(context: AuditContext): string {
  const { facts, intent } = context;
  const there = [...Object.keys(facts.hosts), ...intent.hosts.map(({ name }) => name)];
  // One that has no name yet stands in brackets, as what is to be filled in.
  const coming = unbuiltHosts(context).map((name) => (name.includes(" ") ? `<${name}>` : name));
  const hosts = [...new Set([...there, ...coming])];
  return `Go round all hosts, each idempotently: for host in ${hosts.join(" ")}; do ssh "root@$host" …; done. Give every host its own role and address; restart one at a time.`;
}
