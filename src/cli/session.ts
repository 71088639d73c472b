import { readFileSync } from "node:fs";
import type { Config } from "../config/config.ts";
import { parseConfig } from "../config/parse.ts";
import type { PrometheusApi } from "../metrics/api.ts";
import { OutgrowError } from "../model/error.ts";
import type { Arguments } from "./arguments.ts";
import type { Io } from "./io.ts";
import { connectPrometheus } from "./world.ts";

/** What every reading verb starts from: the configuration, and a way to the metrics. */
export interface Session {
  readonly config: Config;
  readonly api: PrometheusApi;
}

export function openSession(args: Arguments, io: Io): Session {
  const config = loadConfig(args.text("config") ?? "outgrow.yaml");
  return { config, api: connectPrometheus(config, io) };
}

export function loadConfig(file: string): Config {
  return parseConfig(readText(file), file);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new OutgrowError("file", isMissing ? `There is no file ${file}.` : `${file} cannot be read.`, {
      hint: isMissing ? "Name one with --config FILE, or start from examples/glaze/outgrow.yaml." : undefined,
      cause,
    });
  }
}
