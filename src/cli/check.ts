import type { State } from "../model/decision.ts";
import { OutgrowError } from "../model/error.ts";
import type { SignalRule } from "../model/signal.ts";
import { closest } from "../model/similar.ts";
import { check, recentGrid } from "../watch/check.ts";
import { explain } from "../watch/explain.ts";
import { observe, ruleOf } from "../watch/observe.ts";
import type { Arguments } from "./arguments.ts";
import { checkJson } from "./checkJson.ts";
import { checkText } from "./checkText.ts";
import { CONFIG_OPTION, type Command, JSON_OPTION } from "./command.ts";
import { explanationJson, explanationText } from "./explanation.ts";
import type { Io } from "./io.ts";
import { toJson } from "./json.ts";
import { paintFor } from "./paint.ts";
import { openSession, type Session } from "./session.ts";

export const checkCommand: Command = {
  name: "check",
  synopsis: "[--json] [--exit-code] [--explain SIGNAL]",
  about:
    "Where each signal stands now, and the decision: ok, watch, act or blind. Reads the metrics, changes nothing.",
  options: [
    CONFIG_OPTION,
    JSON_OPTION,
    { name: "exit-code", help: "exit with 10 on watch, 20 on act, 30 on blind" },
    { name: "explain", value: "SIGNAL", help: "the query, samples, buckets and reasons behind one signal" },
  ],
  run,
};

const STATE_EXIT_CODES: Readonly<Record<State, number>> = { ok: 0, watch: 10, act: 20, blind: 30 };

async function run(args: Arguments, io: Io): Promise<number> {
  const session = openSession(args, io);
  const explained = args.text("explain");
  const state =
    explained === undefined
      ? await decideNow(session, args, io)
      : await explainNow(session, explained, args, io);
  return args.has("exit-code") ? STATE_EXIT_CODES[state] : 0;
}

async function decideNow({ api, config }: Session, args: Arguments, io: Io): Promise<State> {
  const result = await check(api, config, io.now());
  io.stdout.write(args.has("json") ? toJson(checkJson(result)) : checkText(result, paintFor(io.stdout)));
  return result.decision.state;
}

async function explainNow({ api, config }: Session, name: string, args: Arguments, io: Io): Promise<State> {
  const signal = signalNamed(ruleOf(config).signals, name);
  const observed = await observe(api, config, recentGrid(config.trigger, io.now()));
  const explanation = await explain(api, config.cluster.name, observed, signal);
  io.stdout.write(
    args.has("json")
      ? toJson(explanationJson(explanation))
      : explanationText(explanation, paintFor(io.stdout)),
  );
  return explanation.check.decision.state;
}

function signalNamed(signals: readonly SignalRule[], name: string): SignalRule {
  const signal = signals.find(({ id }) => id === name);
  if (signal !== undefined) return signal;
  const ids = signals.map(({ id }) => id);
  const near = closest(name, ids);
  throw new OutgrowError("usage", `There is no signal ${JSON.stringify(name)}.`, {
    hint: near === undefined ? `The signals are ${ids.join(", ")}.` : `Did you mean ${near}?`,
  });
}
