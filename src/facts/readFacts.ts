import type { CloudFacts } from "../model/cloudFacts.ts";
import { OutgrowError } from "../model/error.ts";
import {
  type ClusterFacts,
  FACTS_VERSION,
  type Facts,
  type Gap,
  type Reading,
  type RepositoryFacts,
  type SignalFacts,
} from "../model/facts.ts";
import type { HostFacts } from "../model/hostFacts.ts";
import type { PostgresFacts } from "../model/postgresFacts.ts";
import { type EpochMs, isoInstant } from "../model/time.ts";

export type Reader<T> = () => Promise<Reading<T>>;

/** How to read each part of the world. A part without a reader is left out, and its gap says what would bring it in. */
export interface FactReaders {
  readonly cluster: Reader<ClusterFacts> | MissingPart;
  /** By the host's name in `outgrow.yaml`. */
  readonly hosts: Readonly<Record<string, Reader<HostFacts>>>;
  readonly repository: Reader<RepositoryFacts> | MissingPart;
  readonly cloud: Reader<CloudFacts> | MissingPart;
  readonly signals: Reader<readonly SignalFacts[]> | MissingPart;
  /** Asked last: what the others found says where the database is. */
  readonly postgres?: ((facts: Facts) => Promise<Reading<PostgresFacts | null>>) | MissingPart;
}

/** Why a part is not asked: `outgrow.yaml names no repository`. */
export interface MissingPart {
  readonly missing: string;
}

/** Reads every part at the same time. One that cannot be reached costs only itself and is a gap; a mistake in what was asked is thrown. */
export async function readFacts(readers: FactReaders, now: EpochMs): Promise<Facts> {
  const gaps: Gap[] = [];
  const part = async <T>(area: string, reader: Reader<T> | MissingPart): Promise<T | null> => {
    const reading = await readPart(area, reader);
    gaps.push(...reading.gaps);
    return reading.value;
  };
  const [cluster, hosts, repository, cloud, signals] = await Promise.all([
    part("cluster", readers.cluster),
    Promise.all(
      Object.entries(readers.hosts).map(
        async ([name, reader]) => [name, await part(`hosts/${name}`, reader)] as const,
      ),
    ),
    part("repository", readers.repository),
    part("cloud", readers.cloud),
    part("signals", readers.signals),
  ]);
  const facts: Facts = {
    version: FACTS_VERSION,
    readAt: isoInstant(now),
    cluster,
    hosts: Object.fromEntries(hosts.flatMap(([name, host]) => (host === null ? [] : [[name, host]]))),
    repository,
    cloud,
    signals,
    gaps: gaps.toSorted(byPlace),
  };
  const ask = readers.postgres;
  if (ask === undefined) return facts;
  const postgres = await part("postgres", readerOf(ask, facts));
  return { ...facts, ...(postgres === null ? {} : { postgres }), gaps: gaps.toSorted(byPlace) };
}

/** Only the cluster says which pods and which Secret. */
function readerOf(
  ask: NonNullable<FactReaders["postgres"]>,
  facts: Facts,
): Reader<PostgresFacts | null> | MissingPart {
  if (typeof ask !== "function") return ask;
  return facts.cluster === null
    ? { missing: "neither server was asked: without the cluster nothing says where the database is." }
    : () => ask(facts);
}

async function readPart<T>(area: string, reader: Reader<T> | MissingPart): Promise<Reading<T | null>> {
  if (typeof reader !== "function") return lost(area, "absent", reader.missing);
  try {
    return await reader();
  } catch (error) {
    if (!(error instanceof OutgrowError) || error.exitCode === USAGE) throw error;
    return lost(area, ["unauthorized", "denied"].includes(error.code) ? "denied" : "failed", error.message);
  }
}

/** The exit code of a mistake in what was asked for. */
const USAGE = 2;

function lost(area: string, reason: Gap["reason"], message: string): Reading<null> {
  return { value: null, gaps: [{ area, subject: "all of it", reason, message }] };
}

function byPlace(a: Gap, b: Gap): number {
  const [left, right] = [`${a.area}\0${a.subject}`, `${b.area}\0${b.subject}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
