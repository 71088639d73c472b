import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { OutgrowError } from "../model/error.ts";
import type { Gap, KubeObject, Reading, RepositoryFacts, RepositoryFile } from "../model/facts.ts";
import { redactRepository } from "../model/redactRepository.ts";
import { chartUses } from "./chartUses.ts";
import { listFiles } from "./listFiles.ts";
import { isRelevant } from "./relevant.ts";
import { renderChart } from "./renderChart.ts";

/** Where a checkout is, and which of its charts counts. */
export interface Checkout {
  readonly root: string;
  /** Relative to the root; `null`: every chart there is. */
  readonly chart: string | null;
  /** For `helm`: where programs are found. */
  readonly env: NodeJS.ProcessEnv;
}

/** What a deploy is made of, as texts and as rendered objects. Redacted. Throws `file` when there is no such folder. */
export async function readRepository({ root, chart, env }: Checkout): Promise<Reading<RepositoryFacts>> {
  const paths = (await listFiles(root)).filter(isRelevant);
  const read = await Promise.all(paths.map((path) => readText(root, path)));
  const files = read.flatMap(({ file }) => file ?? []);
  const gaps = read.flatMap(({ gap }) => gap ?? []);
  if (chart !== null && !paths.includes(`${chart.replace(/\/$/, "")}/Chart.yaml`)) throw noChart(root, chart);
  const objects: KubeObject[] = [];
  for (const use of chartUses(files, chart)) {
    const rendered = await renderChart(root, use, env);
    objects.push(...rendered.objects);
    gaps.push(...rendered.gaps);
  }
  return { value: redactRepository({ files, objects }), gaps };
}

/** Nobody writes more into one such file. */
const LONGEST = 1024 * 1024;

interface ReadText {
  readonly file?: RepositoryFile;
  readonly gap?: Gap;
}

async function readText(root: string, path: string): Promise<ReadText> {
  const full = join(root, path);
  const gap = (message: string): ReadText => ({
    gap: { area: "repository", subject: path, reason: "failed", message },
  });
  try {
    // git also lists what was deleted and links that lead nowhere.
    const { size } = await stat(full);
    if (size > LONGEST) return gap("It is larger than 1 MiB and was not read.");
    const text = await readFile(full, "utf8");
    return text.includes("\0") ? {} : { file: { path, text } };
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ENOENT" ? {} : gap("It cannot be read.");
  }
}

function noChart(root: string, chart: string): OutgrowError {
  return new OutgrowError("file", `There is no chart ${chart} in ${root}.`, {
    hint: "repository.chart names the folder of its Chart.yaml, relative to repository.path.",
  });
}
