import { putFile } from "../../hosts/keptFile.ts";
import { OutgrowError } from "../../model/error.ts";
import type { K3sSetting } from "../../model/hostFacts.ts";
import type { ParamsOf } from "../../model/step.ts";
import { dropIn, dropInPath, outOfReach, valuesOf } from "../k3s/dropIn.ts";
import { oweRestart, owesRestart, restartServer, takeAway } from "../k3s/service.ts";
import { settingsOf } from "../k3s/settingsOf.ts";
import { mustRun } from "../mustRun.ts";
import type { ProbeTask, StepHandler } from "../stepKind.ts";

type Kind = "k3s-config";

const NAME = "limits";

/** Takes the throttles of a single core off k3s: a file of ours says the lists again, without them. */
export const k3sConfig: StepHandler<Kind> = {
  describe: ({ params: { drop, enable } }) => {
    const loosened = drop.length === 0 ? [] : [`${drop.length} throttles of a single core go`];
    return [...loosened, ...enable.map((name) => `${name} comes back`)].join(", ");
  },
  probe,
  run: async ({ params, attempt, world, say }) => {
    const session = await world.host(params.host);
    const settings = await settingsOf(session, world);
    if (leftOf(params, settings).length > 0) {
      await mustRun(session, oweRestart());
      await mustRun(session, putFile(attempt, dropIn(NAME, wanted(params, settings))));
    }
    await restartServer(session, world, say);
  },
  verify: async ({ params, world }) => {
    const session = await world.host(params.host);
    const [left] = leftOf(params, await settingsOf(session, world));
    if (left !== undefined) throw new OutgrowError("verify", `k3s on ${params.host} still has ${left}.`);
    if (!(await owesRestart(session))) return {};
    throw new OutgrowError(
      "verify",
      `k3s on ${params.host} has not been restarted since its configuration was changed.`,
    );
  },
  undo: async (task) => takeAway(await task.world.host(task.params.host), task, dropInPath(NAME)),
};

async function probe({ params, world }: ProbeTask<Kind>) {
  const session = await world.host(params.host);
  const settings = await settingsOf(session, world);
  const fixed = keysOf(params).flatMap((key) => outOfReach(settings, key));
  const stuck = fixed.find(({ values, key }) => values.some((value) => isUnwanted(params, key, value)));
  if (stuck !== undefined) {
    return {
      state: "blocked" as const,
      why: `${stuck.from.file} on ${params.host} gives k3s ${stuck.key}=${stuck.values.join(",")} on its command line, which no configuration file can take back.`,
      fix: `Take it out of ${stuck.from.file}, then systemctl daemon-reload && systemctl restart k3s.`,
    };
  }
  const isDone = leftOf(params, settings).length === 0 && !(await owesRestart(session));
  return isDone ? { state: "done" as const, outputs: {} } : { state: "todo" as const, before: {} };
}

function keysOf({ drop, enable }: ParamsOf<Kind>): readonly string[] {
  return [...new Set([...drop.map(({ setting }) => setting), ...(enable.length > 0 ? ["disable"] : [])])];
}

/** `max-requests-inflight=50` is what `max-requests-inflight` names. */
function isUnwanted({ drop, enable }: ParamsOf<Kind>, key: string, value: string): boolean {
  const isDropped = drop.some(({ setting, argument }) => setting === key && value.split("=")[0] === argument);
  return isDropped || (key === "disable" && value.split(",").some((name) => enable.includes(name)));
}

function leftOf(params: ParamsOf<Kind>, settings: readonly K3sSetting[]): readonly string[] {
  return keysOf(params).flatMap((key) =>
    valuesOf(settings, key)
      .filter((value) => isUnwanted(params, key, value))
      .map((value) => `${key}=${value}`),
  );
}

/** Only what stands in files is said again; the command line's own stays there. */
function wanted(
  params: ParamsOf<Kind>,
  settings: readonly K3sSetting[],
): Readonly<Record<string, readonly string[]>> {
  const written = settings.filter((setting) => !outOfReach(settings, setting.key).includes(setting));
  return Object.fromEntries(
    keysOf(params).map((key) => [
      key,
      valuesOf(written, key)
        .flatMap((value) => (key === "disable" ? value.split(",") : [value]))
        .filter((value) => !isUnwanted(params, key, value)),
    ]),
  );
}
