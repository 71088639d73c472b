import type { Gap, Reading } from "../../model/facts.ts";
import type { HostFacts, HostFile, K3sFacts } from "../../model/hostFacts.ts";
import { DAY, type EpochMs, type Millis, SECOND } from "../../model/time.ts";
import { FACTS } from "./facts.ts";
import { filePath } from "./files.ts";
import type { HostFact } from "./hostFact.ts";
import { type K3sInstallation, k3sInstallation } from "./k3s/k3s.ts";
import { redactFile, redactSetting, secretsIn } from "./redaction.ts";
import type { SectionResult } from "./section.ts";
import type { Clock } from "./time.ts";

/** What a host has said. */
export interface RawHost {
  readonly sections: ReadonlyMap<string, SectionResult>;
  readonly files: readonly HostFile[];
  /** By our clock, the middle of the question. */
  readonly askedAt: EpochMs;
  /** How long the question took: the host's clock is known no better. */
  readonly spreadMs: Millis;
}

/** Puts the host together; what could not be read is `null` or empty, and a gap. */
export function assembleHost(raw: RawHost, now: EpochMs): Reading<HostFacts> {
  const gaps: Gap[] = [];
  const read = <T>(key: keyof typeof FACTS, fact: HostFact<T>): T | null => {
    const { value, gap } = readSection(fact, raw.sections.get(key));
    if (gap !== null) gaps.push(gap);
    return value;
  };
  const certificates = read("certificates", FACTS.certificates);
  const version = read("k3sVersion", FACTS.k3sVersion);
  const datastore = read("datastore", FACTS.datastore);
  const { value: installation, gap } = installed(raw.files);
  if (gap !== null) gaps.push(gap);
  gaps.push(...unreadFiles(raw.sections));
  const secrets = secretsIn(installation?.settings ?? []);
  const value: HostFacts = {
    hostname: read("hostname", FACTS.hostname) ?? "",
    machineIdHash: read("machineId", FACTS.machineId),
    os: read("os", FACTS.os),
    cpus: read("cpus", FACTS.cpus),
    memory: read("memory", FACTS.memory),
    k3s: installation && k3sFacts(installation, version, datastore, certificates, now),
    sockets: read("sockets", FACTS.sockets) ?? [],
    addresses: read("addresses", FACTS.addresses) ?? [],
    routes: read("routes", FACTS.routes) ?? [],
    nftables: read("nftables", FACTS.nftables),
    iptables: read("iptables", FACTS.iptables),
    tailscale: read("tailscale", FACTS.tailscale),
    time: timeFacts(read("time", FACTS.time), raw),
    disks: read("disks", FACTS.disks) ?? [],
    sysctl: read("sysctl", FACTS.sysctl) ?? {},
    modules: read("modules", FACTS.modules) ?? [],
    importedImages: read("importedImages", FACTS.importedImages) ?? [],
    files: raw.files.map((file) => redactFile(file, secrets)),
  };
  return { value, gaps };
}

/** 127 is the shell's word for a program that is not there. */
const NO_PROGRAM = 127;

function readSection<T>(
  fact: HostFact<T>,
  section: SectionResult | undefined,
): { readonly value: T | null; readonly gap: Gap | null } {
  if (section === undefined)
    return { value: null, gap: lost(fact.name, "failed", "the answer was cut off before it") };
  if (section.code !== 0) return { value: null, gap: refused(fact.name, section) };
  try {
    return { value: fact.parse(section.stdout), gap: null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: null, gap: lost(fact.name, "failed", `the answer cannot be read: ${message}`) };
  }
}

function unreadFiles(sections: RawHost["sections"]): readonly Gap[] {
  return [...sections].flatMap(([name, section]) => {
    const path = filePath(name);
    return path === null || section.code === 0 ? [] : [refused(path, section)];
  });
}

function refused(subject: string, { code, stderr }: SectionResult): Gap {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  if (code === NO_PROGRAM) return lost(subject, "absent", said || "the program for it is not installed");
  return lost(subject, isDenied(stderr) ? "denied" : "failed", said || `it ended with ${code}`);
}

/** The reader says which host it is. */
function lost(subject: string, reason: Gap["reason"], message: string): Gap {
  return { area: "hosts", subject, reason, message };
}

/** The kernel's two words for it, in every tool's mouth. */
function isDenied(stderr: string): boolean {
  return /Permission denied|Operation not permitted/.test(stderr);
}

function installed(files: readonly HostFile[]): {
  readonly value: K3sInstallation | null;
  readonly gap: Gap | null;
} {
  try {
    return { value: k3sInstallation(files), gap: null };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { value: null, gap: lost("k3s configuration", "failed", error.message) };
  }
}

function k3sFacts(
  { role, settings }: K3sInstallation,
  version: string | null,
  datastore: K3sFacts["datastore"],
  certificatesEnd: EpochMs | null,
  now: EpochMs,
): K3sFacts {
  const isExternal = settings.some(({ key, values }) => key === "datastore-endpoint" && values[0] !== "");
  return {
    role,
    version,
    settings: settings.map(redactSetting),
    datastore: role === "agent" ? null : isExternal ? "external" : datastore,
    hasCertificatesExpiringSoon: certificatesEnd === null ? null : certificatesEnd - now < RENEWED_BEFORE,
  };
}

/** At its next start k3s renews what ends within 90 days. https://docs.k3s.io/cli/certificate */
const RENEWED_BEFORE = 90 * DAY;

/** A host tells whole seconds, and the question took its time: less than both is no difference. */
function timeFacts(clock: Clock | null, { askedAt, spreadMs }: RawHost): HostFacts["time"] {
  if (clock === null) return null;
  const offset = clock.seconds * SECOND + SECOND / 2 - askedAt;
  const isNone = Math.abs(offset) <= SECOND + spreadMs / 2;
  return {
    isSynchronized: clock.isSynchronized,
    offsetMs: isNone ? 0 : Math.round(offset / SECOND) * SECOND,
  };
}
