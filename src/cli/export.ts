import { join } from "node:path";
import { DIALECTS, type Dialect } from "../compile/input.ts";
import { compilePrometheus } from "../compile/prometheus.ts";
import { OutgrowError } from "../model/error.ts";
import { DAY } from "../model/time.ts";
import { writeFileSafely } from "../store/safeFile.ts";
import { findInstruments, ruleOf } from "../watch/observe.ts";
import type { Arguments } from "./arguments.ts";
import { CONFIG_OPTION, type Command } from "./command.ts";
import type { Io } from "./io.ts";
import { openSession } from "./session.ts";

export const exportCommand: Command = {
  name: "export",
  synopsis: "prometheus --out DIR [--dialect NAME]",
  about:
    "The same rule as Prometheus rules that decide exactly as check does, and promtool tests beside them.\n" +
    "Asks the metrics store which exporters there are; writes into DIR only.",
  options: [
    CONFIG_OPTION,
    { name: "out", value: "DIR", help: "where the files go" },
    { name: "dialect", value: "NAME", help: "prometheus (the default), mimir or vmalert" },
  ],
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const { config, api, out, dialect } = { ...target(args), ...openSession(args, io) };
  const now = io.now();
  const { instruments, unmeasured } = await findInstruments(api, config, now - DAY, now);
  const files = compilePrometheus({
    clusterName: config.cluster.name,
    rule: ruleOf(config),
    instruments,
    unmeasured,
    dialect,
    now,
  });
  for (const { path, text } of files) writeFileSafely(join(out, path), text);
  for (const { path } of files) io.stdout.write(`wrote ${join(out, path)}\n`);
  for (const { signal, why } of unmeasured) io.stderr.write(`left out ${signal.id}: ${why}\n`);
  return 0;
}

function target(args: Arguments): { readonly out: string; readonly dialect: Dialect } {
  const [what] = args.words;
  if (what !== "prometheus") {
    throw new OutgrowError(
      "usage",
      what === undefined ? "export needs to know what." : `There is no export of ${JSON.stringify(what)}.`,
      {
        hint: "Write outgrow export prometheus --out DIR.",
      },
    );
  }
  const out = args.text("out");
  if (out === undefined) {
    throw new OutgrowError("usage", "export needs a folder to write to.", { hint: "Add --out DIR." });
  }
  const name = args.text("dialect") ?? "prometheus";
  const dialect = DIALECTS.find((known) => known === name);
  if (dialect !== undefined) return { out, dialect };
  throw new OutgrowError("usage", `There is no dialect ${JSON.stringify(name)}.`, {
    hint: `The dialects are ${DIALECTS.join(", ")}.`,
  });
}
