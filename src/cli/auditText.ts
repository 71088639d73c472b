import type { Facts, Gap } from "../model/facts.ts";
import type { Finding, Severity } from "../model/finding.ts";
import { formatLocal, placeOfZone } from "../model/localTime.ts";
import {
  type AuditReport,
  type Group,
  groupsOf,
  isNothingSeen,
  SEVERITIES,
  verdictText,
} from "./auditReport.ts";
import type { Paint } from "./paint.ts";
import { wrapUnder } from "./wrap.ts";

/** The terminal form of `audit`: the verdict first, then what blocks, warns and informs, then what could not be seen. */
export function auditText(report: AuditReport, paint: Paint, columns: number): string {
  const width = Math.min(Math.max(columns, NARROWEST), WIDEST);
  return [
    heading(report),
    "",
    `  ${paint(verdictStyle(report), verdictText(report))}`,
    ...SEVERITIES.flatMap((severity) => section(report, severity, paint, width)),
    ...unseen(report.facts, paint, width),
    "",
  ].join("\n");
}

const NARROWEST = 60;
const WIDEST = 120;

const STYLES: Readonly<Record<Severity, Parameters<Paint>[0]>> = {
  blocks: ["red", "bold"],
  warns: "yellow",
  informs: "dim",
};
const HEADINGS: Readonly<Record<Severity, string>> = {
  blocks: "BLOCKS  the move would fail, or lose something",
  warns: "WARNS  it would hurt",
  informs: "INFORMS  good to know",
};
const MARKS: Readonly<Record<Severity, string>> = { blocks: "✖", warns: "▲", informs: "·" };

function verdictStyle({ findings, facts }: AuditReport): Parameters<Paint>[0] {
  if (isNothingSeen(facts)) return "yellow";
  if (findings.some(({ severity }) => severity === "blocks")) return STYLES.blocks;
  return findings.some(({ severity }) => severity === "warns") ? "yellow" : "green";
}

function heading({ clusterName, facts, timeZone }: AuditReport): string {
  const read = `read ${formatLocal(Date.parse(facts.readAt), timeZone)} ${placeOfZone(timeZone)}`;
  return [clusterName, read, ...partsOf(facts)].filter((part) => part !== null).join(" · ");
}

function partsOf({ cluster, hosts, repository, cloud, postgres, signals }: Facts): readonly string[] {
  const count = Object.keys(hosts).length;
  return [
    cluster === null ? "" : `cluster ${cluster.version ?? ""} (${counted(cluster.objects.length, "object")})`,
    count === 0 ? "" : counted(count, "host"),
    repository === null ? "" : `repository (${contentsOf(repository)})`,
    cloud === null ? "" : "cloud",
    postgres === undefined ? "" : "both Postgres servers",
    signals === null ? "" : counted(signals.length, "signal"),
  ].filter((part) => part !== "");
}

/** Manifests that were given count as the repository's objects. */
function contentsOf({ files, objects }: NonNullable<Facts["repository"]>): string {
  const parts = [
    files.length === 0 ? "" : counted(files.length, "file"),
    objects.length === 0 ? "" : counted(objects.length, "object"),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function section(report: AuditReport, severity: Severity, paint: Paint, width: number): readonly string[] {
  const groups = groupsOf(report, severity);
  if (groups.length === 0) return [];
  return [
    "",
    paint(STYLES[severity], HEADINGS[severity]),
    ...groups.flatMap((group) => groupLines(group, severity, paint, width)),
  ];
}

function groupLines(
  { id, title, findings }: Group,
  severity: Severity,
  paint: Paint,
  width: number,
): readonly string[] {
  const gap = " ".repeat(Math.max(2, width - 2 - title.length - id.length));
  return [
    "",
    `${paint(STYLES[severity], MARKS[severity])} ${title}${gap}${paint("dim", id)}`,
    ...findings.flatMap((finding) => findingLines(finding, paint, width)),
  ];
}

function findingLines(
  { subject, evidence, fix, at }: Finding,
  paint: Paint,
  width: number,
): readonly string[] {
  const place =
    at === undefined ? "" : paint("dim", `  ${at.file}${at.line === undefined ? "" : `:${at.line}`}`);
  return [
    `    ${paint("bold", subject)}${place}`,
    ...wrapUnder("      seen  ", evidence, width),
    ...wrapUnder("      fix   ", fix, width),
  ];
}

/** Parts that are missing for the same reason share a line; what was refused or failed has its own. */
function unseen({ gaps }: Facts, paint: Paint, width: number): readonly string[] {
  if (gaps.length === 0) return [];
  const lines = [...Map.groupBy(gaps, reasonText)].flatMap(([reason, same]) => {
    const areas = [...new Set(same.map(({ area }) => area))].join(", ");
    return wrapUnder(`    ${areas}  `, reason, width);
  });
  return ["", paint("dim", "NOT SEEN  silence about these proves nothing"), ...lines];
}

function reasonText({ subject, message }: Gap): string {
  return subject === "all of it" ? message : `${subject}: ${message}`;
}
