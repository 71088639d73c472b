import { formatDuration } from "../model/format.ts";
import { formatLocal, placeOfZone } from "../model/localTime.ts";
import type { Trigger } from "../model/trigger.ts";
import { type Backtest, totalLength } from "../trigger/backtest.ts";

/** The answer of a backtest as a headline and what to know with it; for somebody who knows nothing of k3s. */
export interface Answer {
  readonly state: "ok" | "act" | "blind";
  readonly headline: string;
  readonly explanation: string;
}

export function answerOf(backtest: Backtest, trigger: Trigger): Answer {
  if (backtest.episodes.length > 0) return actAnswer(backtest, trigger);
  const judged = backtest.signals.filter(({ coverage }) => coverage > 0).length;
  return judged < trigger.atLeast ? blindAnswer(backtest, judged) : okAnswer(backtest);
}

function actAnswer(backtest: Backtest, { hours }: Trigger): Answer {
  const { episodes } = backtest;
  const [first] = episodes;
  const times = ["Once", "Twice"][episodes.length - 1] ?? `${episodes.length} times`;
  const since = first === undefined ? "" : `, first on ${formatLocal(first.from, hours.timeZone)}`;
  return {
    state: "act",
    headline: `${times}, one host was not enough`,
    explanation: `The rule would have said Act for ${formatDuration(totalLength(episodes, backtest))} in all${since} (${placeOfZone(hours.timeZone)}).`,
  };
}

function blindAnswer({ signals }: Backtest, judged: number): Answer {
  return {
    state: "blind",
    headline: "Nobody can tell whether one host was enough",
    explanation: `Only ${judged} of ${signals.length} signals could ever be judged, so nothing follows from this silence.`,
  };
}

function okAnswer({ nearest }: Backtest): Answer {
  return {
    state: "ok",
    headline: "One host was enough",
    explanation:
      nearest.length === 0
        ? "The rule would not have said Act, and no signal was ever above its Act threshold in usage hours."
        : "The rule would not have said Act. What came near is below.",
  };
}
