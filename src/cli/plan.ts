import type { Config } from "../config/config.ts";
import type { Facts } from "../model/facts.ts";
import type { Plan } from "../model/plan.ts";
import { makePlan } from "../plan/makePlan.ts";
import { sha256 } from "../store/hash.ts";
import { writeFileSafely } from "../store/safeFile.ts";
import type { Arguments } from "./arguments.ts";
import { CONFIG_OPTION, type Command, JSON_OPTION } from "./command.ts";
import { factsFor } from "./factsSource.ts";
import type { Io } from "./io.ts";
import { toJson } from "./json.ts";
import { paintFor } from "./paint.ts";
import { planText } from "./planText.ts";
import { configPath, loadConfig } from "./session.ts";

export const planCommand: Command = {
  name: "plan",
  synopsis: "[--out plan.json] [--facts FILE] [--json] [--exit-code]",
  about:
    "The ordered way from what is to what outgrow.yaml means: each step with its pause, its price, and whether it can be\n" +
    "undone. What is shown is what apply runs. Changes nothing but the file it is told to write.",
  options: [
    CONFIG_OPTION,
    JSON_OPTION,
    { name: "out", value: "FILE", help: "write the plan there, for apply" },
    { name: "facts", value: "FILE", help: "facts that outgrow facts wrote, instead of the live world" },
    { name: "exit-code", help: "exit with 10 when there is something to do" },
  ],
  run,
};

const SOMETHING_TO_DO = 10;

async function run(args: Arguments, io: Io): Promise<number> {
  const config = loadConfig(configPath(args));
  const plan = planFrom(await factsFor(args, config, io), config, io);
  const file = args.text("out") ?? null;
  if (file !== null) writeFileSafely(file, toJson(plan));
  io.stdout.write(args.has("json") ? toJson(plan) : planText(plan, paintFor(io.stdout), file));
  return args.has("exit-code") && plan.steps.length > 0 ? SOMETHING_TO_DO : 0;
}

export function planFrom(facts: Facts, config: Config, io: Io): Plan {
  return makePlan({ facts, config, hash: sha256, now: io.now() });
}
