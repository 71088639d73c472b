import { existsSync } from "node:fs";
import type { Config } from "../config/config.ts";
import { parseConfig } from "../config/parse.ts";
import type { PrometheusApi } from "../metrics/api.ts";
import type { Arguments } from "./arguments.ts";
import { readTextFile } from "./files.ts";
import type { Io } from "./io.ts";
import { connectPrometheus } from "./world.ts";

/** What every reading verb starts from: the configuration, and a way to the metrics. */
export interface Session {
  readonly config: Config;
  readonly api: PrometheusApi;
}

const DEFAULT_PATH = "outgrow.yaml";

export function configPath(args: Arguments): string {
  return args.text("config") ?? DEFAULT_PATH;
}

/** `null` where none is named and none lies there: some verbs can do without. */
export function configIfThere(args: Arguments): Config | null {
  const path = configPath(args);
  return args.has("config") || existsSync(path) ? loadConfig(path) : null;
}

export function openSession(args: Arguments, io: Io): Session {
  const config = loadConfig(configPath(args));
  return { config, api: connectPrometheus(config, io) };
}

export function loadConfig(file: string): Config {
  const hint = "Name one with --config FILE, or start from examples/glaze/outgrow.yaml.";
  return parseConfig(readTextFile(file, hint), file);
}
