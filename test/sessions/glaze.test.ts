import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { startPrometheus } from "../../lab/prometheus.ts";
import { tempFolder } from "../../lab/temp.ts";
import { glazeHistory, NOW } from "./glazeHistory.ts";
import { recordedSteps } from "./recorded.ts";

/** The whole command line against a real Prometheus, by recorded sessions. */
test("two days of Glaze", async (t) => {
  using folder = tempFolder("session");
  await using prometheus = await startPrometheus({ history: glazeHistory() });
  const home = process.cwd();
  process.chdir(folder.path);
  try {
    writeConfigs(prometheus.origin);
    const normalise = (text: string) => text.replaceAll(prometheus.origin, "http://prometheus");
    await recordedSteps(t, "glaze.session", { now: NOW, normalise });
  } finally {
    process.chdir(home);
  }
});

function writeConfigs(origin: string): void {
  writeFileSync("outgrow.yaml", configOf(`{ url: "${origin}" }`));
  writeFileSync("patient.yaml", `${configOf(`{ url: "${origin}" }`)}trigger: { atLeast: 3 }\n`);
  writeFileSync("blind.yaml", `${configOf(`{ url: "${origin}" }`)}trigger: { atLeast: 10 }\n`);
  writeFileSync("unreachable.yaml", configOf(`{ url: "http://127.0.0.1:1", timeout: 1s }`));
  writeFileSync(
    "no-secret.yaml",
    configOf(`{ url: "${origin}", username: "1", password: { env: GRAFANA_TOKEN } }`),
  );
  writeFileSync(
    "broken.yaml",
    "version: 1\ncluster: { nmae: glaze }\ntrigger: { atLeast: two, sustained: 30 }\n",
  );
}

function configOf(prometheus: string): string {
  return `version: 1
cluster: { name: glaze }
metrics: { prometheus: ${prometheus} }
usageHours: { timeZone: America/New_York, from: "08:00", to: "23:00" }
workloads: { web: { deployment: default/glaze-web } }
`;
}
