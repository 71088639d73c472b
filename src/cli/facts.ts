import { writeFileSafely } from "../store/safeFile.ts";
import type { Arguments } from "./arguments.ts";
import { CONFIG_OPTION, type Command, JSON_OPTION } from "./command.ts";
import { factsFor } from "./factsSource.ts";
import type { Io } from "./io.ts";
import { toJson } from "./json.ts";
import { configIfThere } from "./session.ts";

export const factsCommand: Command = {
  name: "facts",
  synopsis: "[--out FILE]",
  about:
    "Everything the audit and the plan need to know, as one JSON document without a single secret:\n" +
    "cluster, hosts, repository, cloud and signals; what could not be read is in it as a gap. Changes nothing.",
  options: [
    CONFIG_OPTION,
    JSON_OPTION,
    { name: "out", value: "FILE", help: "write it there instead of to stdout" },
    { name: "manifests", value: "FILE", help: "Kubernetes manifests instead of a cluster; may be repeated" },
    { name: "repo", value: "DIR", help: "a checkout instead of the live world" },
  ],
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const facts = await factsFor(args, configIfThere(args), io);
  const file = args.text("out");
  if (file === undefined) io.stdout.write(toJson(facts));
  else {
    writeFileSafely(file, toJson(facts));
    io.stderr.write(`wrote ${file}\n`);
  }
  for (const { area, subject, message } of facts.gaps)
    io.stderr.write(`not seen: ${area}, ${subject}: ${message}\n`);
  return 0;
}
