import { randomUUID } from "node:crypto";
import { OutgrowError } from "../../model/error.ts";
import type { Reading } from "../../model/facts.ts";
import type { HostFacts, HostFile } from "../../model/hostFacts.ts";
import type { EpochMs } from "../../model/time.ts";
import type { HostCommand } from "../command.ts";
import type { HostSession } from "../session.ts";
import { assembleHost, type RawHost } from "./assemble.ts";
import { FACTS } from "./facts.ts";
import { fileIn, filePath, fileSections, listed, WELL_KNOWN_FILES } from "./files.ts";
import { filesNamedByK3s } from "./k3s/k3s.ts";
import { filesNamedByRules } from "./ruleFiles.ts";
import { readSections, type SectionResult, sectionScript } from "./section.ts";

/**
 * Everything about one host, redacted: one round trip, and one more for the files that the first
 * has named. Where root is refused the login reads what it may, and the rest are gaps.
 * `alsoFiles` are those another host's facts name.
 */
export async function readHostFacts(
  session: HostSession,
  now: () => EpochMs,
  alsoFiles: readonly string[] = [],
): Promise<Reading<HostFacts>> {
  const ask = asker(session);
  const sections = Object.entries(FACTS).map(([name, { script }]) => ({ name, script }));
  const asked = now();
  const first = await ask(
    (mark) =>
      sectionScript(sections, mark) + fileSections([...WELL_KNOWN_FILES, ...listed(alsoFiles)], mark, true),
  );
  const answered = now();
  const all = await followed(ask, first);
  const raw: RawHost = {
    sections: all,
    files: filesOf(all),
    askedAt: (asked + answered) / 2,
    spreadMs: answered - asked,
  };
  const { value, gaps } = assembleHost(raw, now());
  return { value, gaps: gaps.map((gap) => ({ ...gap, area: `hosts/${session.name}` })) };
}

type Sections = ReadonlyMap<string, SectionResult>;
type Ask = (script: (mark: string) => string) => Promise<Sections>;

/** As root, until `sudo` refuses. */
function asker(session: HostSession): Ask {
  let as: "root" | "login" = "root";
  return async function ask(script): Promise<Sections> {
    const mark = `section-${randomUUID()}`;
    const command: HostCommand = { words: ["sh", "-s"], input: script(mark), effect: "reads", as };
    try {
      return readSections(await session.run(command), mark);
    } catch (error) {
      if (as === "login" || !(error instanceof OutgrowError) || error.code !== "sudo") throw error;
      as = "login";
      return ask(script);
    }
  };
}

/** Includes may include: three rounds are more than anybody writes. */
const MOST_ROUNDS = 3;

/** Asks for what the files name until they name nothing new. */
async function followed(ask: Ask, first: Sections): Promise<Sections> {
  let all = first;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const files = filesOf(all);
    const seen = new Set(files.map(({ path }) => path));
    const named = listed([...filesNamedByK3s(files), ...filesNamedByRules(files)]);
    const fresh = named.filter((path) => !seen.has(path));
    if (fresh.length === 0) break;
    all = new Map([...all, ...(await ask((mark) => fileSections(fresh, mark, false)))]);
  }
  return all;
}

function filesOf(sections: Sections): readonly HostFile[] {
  return [...sections].flatMap(([name, { code, stdout }]) => {
    const path = filePath(name);
    return path !== null && code === 0 ? [fileIn(path, stdout)] : [];
  });
}
