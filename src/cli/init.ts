import { basename, resolve } from "node:path";
import { busyHours } from "../config/draft/busyHours.ts";
import { draftConfig } from "../config/draft/draft.ts";
import type { PrometheusApi } from "../metrics/api.ts";
import { SECOND } from "../model/time.ts";
import type { UsageHours } from "../model/usageHours.ts";
import { createFileSafely } from "../store/safeFile.ts";
import { readTraffic } from "../watch/traffic.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { factsFor } from "./factsSource.ts";
import { initialFacts } from "./initialFacts.ts";
import type { Io } from "./io.ts";
import { openPrometheus } from "./world.ts";

export const initCommand: Command = {
  name: "init",
  synopsis: "[--repo DIR] [--prometheus URL] [--out FILE]",
  about:
    "Writes a first outgrow.yaml from what it sees in the cluster and the repository, with a remark at every line it had to\n" +
    "guess. Never overwrites one. With --prometheus the usage hours are guessed from four weeks of traffic.",
  options: [
    { name: "out", value: "FILE", help: "where to write it (outgrow.yaml)" },
    { name: "kubeconfig", value: "FILE", help: "how to reach the cluster (~/.kube/config)" },
    { name: "context", value: "NAME", help: "which of its contexts (the current one)" },
    { name: "repo", value: "DIR", help: "the checkout of what is deployed" },
    { name: "facts", value: "FILE", help: "facts that outgrow facts wrote, instead of the live world" },
    { name: "prometheus", value: "URL", help: "the Prometheus-compatible API that has the metrics" },
    { name: "username", value: "NAME", help: "for --prometheus" },
    {
      name: "password-env",
      value: "NAME",
      help: "the environment variable with its password, or with a bearer token",
    },
    { name: "time-zone", value: "ZONE", help: "of the usage hours (this machine's)" },
  ],
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const file = args.text("out") ?? "outgrow.yaml";
  const facts = args.has("facts") ? await factsFor(args, null, io) : await initialFacts(args, io);
  const timeZone = args.text("time-zone") ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { text, unknown } = draftConfig({
    facts,
    metricsUrl: args.text("prometheus") ?? null,
    usageHours: await guessHours(args, timeZone, io),
    clusterName: clusterName(args),
    kubeconfig: args.text("kubeconfig") ?? "~/.kube/config",
    context: args.text("context") ?? null,
    timeZone,
  });
  createFileSafely(file, text, "init never overwrites one: name another with --out FILE.");
  io.stdout.write(`wrote ${file}\n`);
  io.stdout.write(remarks(unknown));
  return 0;
}

function remarks(unknown: readonly string[]): string {
  const lines = unknown.map((line) => `  ${line}\n`).join("");
  const missing = lines === "" ? "" : `\nIt could not know:\n${lines}`;
  return `${missing}\nRead it, then: outgrow check, outgrow audit.\n`;
}

/** `null` without a Prometheus, or where it has no history worth the name. */
async function guessHours(args: Arguments, timeZone: string, io: Io): Promise<UsageHours | null> {
  const url = args.text("prometheus");
  if (url === undefined) return null;
  return busyHours(await readTraffic(prometheusOf(url, args, io), io.now()), timeZone);
}

function prometheusOf(url: string, args: Arguments, io: Io): PrometheusApi {
  const variable = args.text("password-env");
  const secret = variable === undefined ? null : { env: variable };
  const username = args.text("username") ?? null;
  const settings = {
    url,
    username,
    password: username === null ? null : secret,
    bearer: username === null ? secret : null,
    headers: {},
    caFile: null,
    timeoutMs: 30 * SECOND,
  };
  return openPrometheus(settings, io);
}

/** After the folder: nobody knows better what the product is called. */
function clusterName(args: Arguments): string {
  return args.text("context") ?? basename(resolve(args.text("repo") ?? "."));
}
