import { readFileSync } from "node:fs";
import { parseConfig } from "../src/config/parse.ts";
import { formatDuration, formatValue } from "../src/model/format.ts";
import type { SignalSettings } from "../src/model/settings.ts";
import { MINUTE } from "../src/model/time.ts";
import { CATALOGUE } from "../src/signals/catalogue.ts";
import type { Reading, SignalDefinition, Source } from "../src/signals/definition.ts";

const EXAMPLE = "examples/glaze/outgrow.yaml";

/** `docs/signals.md`: the catalogue for people, with the queries as they are for the example's names. */
export function signalsPage(): string {
  const { scope, signals } = parseConfig(readFileSync(EXAMPLE, "utf8"), EXAMPLE);
  const sections = CATALOGUE.map((definition) => {
    const settings = signals.find(({ rule }) => rule.id === definition.id);
    return settings === undefined ? "" : section(definition, settings, scope);
  });
  return `${INTRODUCTION}\n${CATALOGUE.map(summary).join("")}\n${sections.join("\n")}`;
}

const INTRODUCTION = `# The signals

<!-- Written by \`npm run docs\` from src/signals/. Do not edit; a test compares the two. -->

Where each of the thirteen signals comes from. \`outgrow\` asks which of the series below exist and reads the first source, best first, that
has data over (nearly) the whole time asked for; \`check --explain SIGNAL\` says which one it was. The queries are those for the names in
[the example](../${EXAMPLE}); \`match\` in the configuration narrows them, \`expr\` replaces them. What is the same everywhere:

- Rates look back 5 minutes, so a scrape once a minute is enough. A counter's reset is never a jump.
- No data is not zero. It is zero only where another series proves that the target is up.
- The same thing scraped twice, by two exporters or two collectors, counts once.
- A histogram is never interpolated. A threshold that is one of its bounds is judged exactly; any other by the interval the quantile must
  lie in, which may be *cannot tell*. \`check\` then prints the setting that adds the bound.
- Too few requests say nothing: \`minRequests\` in 5 minutes are needed.

| signal | what | Watch above | Act above | a second host |
| --- | --- | --- | --- | --- |
`.trimEnd();

function summary({ id, title, unit, nature, defaults, relief }: SignalDefinition): string {
  const [watch, act] = [defaults.watch, defaults.act].map((threshold) => {
    if (threshold === null) return "–";
    return nature.kind === "event"
      ? `${threshold} or more in ${formatDuration(nature.windowMs)}`
      : formatValue(unit, threshold);
  });
  const helps = { yes: "relieves it", partly: "relieves it partly", no: "does not relieve it" };
  return `| [${id}](#${id}) | ${title} | ${watch} | ${act} | ${helps[relief.secondNode]} |\n`;
}

function section(
  definition: SignalDefinition,
  { options, rule }: SignalSettings,
  scope: Parameters<SignalDefinition["sources"]>[0],
): string {
  const windowMs = rule.kind === "event" ? rule.windowMs : 60 * MINUTE;
  const { id, title, relief, unmeasured } = definition;
  const sources = definition.sources(scope, options, windowMs).map(sourceText);
  return `## ${id}

${title[0]?.toUpperCase()}${title.slice(1)}. What helps besides a second host: ${relief.otherwise}.

${sources.join("\n")}
Without any of them: ${unmeasured.why}. ${unmeasured.fix.replaceAll("\n", " ")}
`;
}

function sourceText({ id, needs, reading, caveat }: Source, index: number): string {
  const remark = caveat === undefined ? "" : ` Mind: ${caveat}.`;
  return `${index + 1}. **${id}** (${needs.map(metricOf).join(", ")}): ${KINDS[reading.kind]}.${remark}

   \`\`\`promql
   ${queryOf(reading).replaceAll("\n", "\n   ")}
   \`\`\`
`;
}

const KINDS: Readonly<Record<Reading["kind"], string>> = {
  value: "the value itself",
  buckets: "a classic histogram; the share slower than 1 s, asked for at each bound needed",
  native: "a native histogram; the share slower than 1 s, asked for at each threshold",
};

function queryOf(reading: Reading): string {
  return reading.kind === "value" ? reading.expr : reading.share(1);
}

function metricOf(selector: string): string {
  const name = /^[a-zA-Z_:][\w:]*/.exec(selector)?.[0] ?? /__name__="([^"]+)"/.exec(selector)?.[1];
  return `\`${name ?? selector}\``;
}
