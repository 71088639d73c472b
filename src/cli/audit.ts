import { audit } from "../audit/audit.ts";
import { CHECKS } from "../audit/checks.ts";
import { DEFAULT_INTENT, intentOf } from "../audit/intent.ts";
import { placeFindings } from "../audit/places.ts";
import type { Config } from "../config/config.ts";
import { OutgrowError } from "../model/error.ts";
import type { Facts } from "../model/facts.ts";
import { closest } from "../model/similar.ts";
import type { Arguments } from "./arguments.ts";
import { auditJson } from "./auditJson.ts";
import { auditMarkdown } from "./auditMarkdown.ts";
import type { AuditReport } from "./auditReport.ts";
import { auditSarif } from "./auditSarif.ts";
import { auditText } from "./auditText.ts";
import { CONFIG_OPTION, type Command, JSON_OPTION } from "./command.ts";
import { factsFor } from "./factsSource.ts";
import { type Io, ownVersion } from "./io.ts";
import { toJson } from "./json.ts";
import { paintFor } from "./paint.ts";
import { configIfThere, configPath } from "./session.ts";

export const auditCommand: Command = {
  name: "audit",
  synopsis: "[--facts FILE] [--manifests FILE …] [--repo DIR] [--format NAME] [--exit-code]",
  about:
    "What blocks or endangers a second node, each with what was seen and the exact fix.\n" +
    "Reads the live world that outgrow.yaml names. With --facts, --manifests or --repo it reads only those and needs\n" +
    "neither cluster nor configuration: in a pull request, say. Changes nothing.",
  options: [
    CONFIG_OPTION,
    JSON_OPTION,
    { name: "facts", value: "FILE", help: "facts that outgrow facts wrote, instead of the live world" },
    { name: "manifests", value: "FILE", help: "Kubernetes manifests instead of a cluster; may be repeated" },
    { name: "repo", value: "DIR", help: "a checkout: its charts, workflows and scripts" },
    { name: "format", value: "NAME", help: "text (the default), json, markdown or sarif" },
    { name: "exit-code", help: "exit with 10 when something blocks" },
  ],
  run,
};

const BLOCKED = 10;

async function run(args: Arguments, io: Io): Promise<number> {
  const format = formatOf(args);
  const config = configIfThere(args);
  const facts = await factsFor(args, config, io);
  const report = reportOn(facts, config);
  io.stdout.write(RENDERERS[format](report, args, io));
  const isBlocked = report.findings.some(({ severity }) => severity === "blocks");
  return args.has("exit-code") && isBlocked ? BLOCKED : 0;
}

function reportOn(facts: Facts, config: Config | null): AuditReport {
  const findings = audit(CHECKS, facts, config === null ? DEFAULT_INTENT : intentOf(config));
  return {
    clusterName: config?.cluster.name ?? null,
    timeZone: config?.trigger.hours.timeZone ?? "UTC",
    facts,
    findings: placeFindings(findings, facts),
  };
}

type Renderer = (report: AuditReport, args: Arguments, io: Io) => string;

const RENDERERS = {
  text: (report, _args, { stdout }) => auditText(report, paintFor(stdout), stdout.columns),
  json: (report) => toJson(auditJson(report)),
  markdown: auditMarkdown,
  sarif: (report, args) => toJson(auditSarif(report, ownVersion(), configPath(args))),
} satisfies Readonly<Record<string, Renderer>>;

type Format = keyof typeof RENDERERS;

function formatOf(args: Arguments): Format {
  const name = args.text("format") ?? (args.has("json") ? "json" : "text");
  const names = Object.keys(RENDERERS) as Format[];
  const format = names.find((known) => known === name);
  if (format !== undefined) return format;
  const near = closest(name, names);
  throw new OutgrowError("usage", `There is no format ${JSON.stringify(name)}.`, {
    hint: near === undefined ? `The formats are ${names.join(", ")}.` : `Did you mean ${near}?`,
  });
}
