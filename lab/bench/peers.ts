import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { DAY, type EpochMs, MINUTE } from "../../src/model/time.ts";
import type { Command } from "./measure.ts";
import { END, METRIC, samplesOf, signalNames } from "./scenario.ts";

/** New York's winter half of the usage hours, 13:00 to 04:00 UTC: less than outgrow decides, which knows both halves. */
const HOURS = "(hour() >= 13 or hour() < 4)";

/** Per signal and level one alert: what a careful person would write by hand. No count of signals, no why. */
function equivalentRules(): object {
  const rules = signalNames().flatMap((signal) =>
    [0.6, 0.8].map((threshold) => ({
      alert: `${signal} above ${threshold}`,
      expr: `${METRIC}{signal="${signal}"} > ${threshold} and on() ${HOURS}`,
      for: "30m",
    })),
  );
  return { groups: [{ name: "bench", interval: "1m", rules }] };
}

/**
 * vmalert's replay over `days`. Without queryStep and maxDatapointsPerQuery Debian's 1.79
 * gives wrong answers, and rulesDelay would only add waiting: these flags are its best case.
 */
export function vmalertReplay(folder: string, origin: string, store: string, days: number): Command {
  const rules = join(folder, "rules.yml");
  writeFileSync(rules, stringify(equivalentRules()));
  return {
    command: "vmalert",
    args: [
      `-rule=${rules}`,
      `-datasource.url=${origin}`,
      `-remoteWrite.url=${store}`,
      `-replay.timeFrom=${iso(END - days * DAY)}`,
      `-replay.timeTo=${iso(END)}`,
      "-datasource.queryStep=1m",
      "-replay.maxDatapointsPerQuery=10000",
      "-replay.rulesDelay=0s",
      "-replay.disableProgressBar",
      "-httpListenAddr=127.0.0.1:0",
    ],
  };
}

/** promtool reads no store: it is given the samples, at its own clock that begins in 1970. */
export function promtoolTest(folder: string, days: number): Command {
  const rules = join(folder, "rules.yml");
  writeFileSync(rules, stringify(equivalentRules()));
  const test = join(folder, "test.yml");
  const series = signalNames().map((signal, index) => ({
    series: `${METRIC}{signal="${signal}"}`,
    values: samplesOf(index, days)
      .map(({ value }) => value)
      .join(" "),
  }));
  const last = `${(days * DAY) / MINUTE - 1}m`;
  const alert_rule_test = [{ eval_time: last, alertname: "bench-1 above 0.8", exp_alerts: [] }];
  const tests = [{ interval: "1m", input_series: series, alert_rule_test }];
  writeFileSync(test, stringify({ rule_files: [rules], evaluation_interval: "1m", tests }, { lineWidth: 0 }));
  return { command: "promtool", args: ["test", "rules", test] };
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
