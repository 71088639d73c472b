import { ask, find } from "../../kube/ask.ts";
import { waitUntil } from "../../kube/wait.ts";
import { OutgrowError } from "../../model/error.ts";
import { MINUTE, type Millis, SECOND } from "../../model/time.ts";
import { TEMPLATE } from "./externalHolder.ts";
import { pathOf, titleOf } from "./holder.ts";
import type { SwitchParts } from "./switchParts.ts";
import type { PlannedHolder } from "./texts.ts";

const LIMIT: Millis = MINUTE;
const PAUSE: Millis = SECOND;

interface ExternalSpec {
  readonly apiVersion: string;
  readonly spec: {
    readonly target?: { readonly template?: { readonly data?: Readonly<Record<string, string>> } };
  };
}

/**
 * What an ExternalSecret would write now if its template were as it was: asked of a twin that writes a Secret of
 * ours, and goes again. The application's own Secret is not touched. `null`: the controller did not answer.
 */
export async function remoteTexts(
  { name }: PlannedHolder,
  before: Readonly<Record<string, string>>,
  { world, attempt, say }: SwitchParts,
): Promise<Readonly<Record<string, string>> | null> {
  const { kube } = world;
  const twin = `outgrow-${attempt}-${name.name}`;
  const path = pathOf({ ...name, name: twin });
  const secretPath = `/api/v1/namespaces/${name.namespace}/secrets/${twin}`;
  const remove = async () => {
    for (const each of [path, secretPath]) {
      if ((await find(kube, each)) !== null) await kube.request({ method: "DELETE", path: each });
    }
  };
  const { apiVersion, spec } = await ask<ExternalSpec>(kube, { method: "GET", path: pathOf(name) });
  await remove();
  try {
    await ask(kube, {
      method: "POST",
      path: path.slice(0, path.lastIndexOf("/")),
      body: {
        apiVersion,
        kind: "ExternalSecret",
        metadata: { name: twin, labels: { "app.kubernetes.io/managed-by": "outgrow" } },
        spec: { ...spec, target: { name: twin, ...templateBefore(spec.target?.template, before) } },
      },
    });
    const waiting = { ...world, limitMs: LIMIT, pauseMs: PAUSE, signal: world.stopping, tell: say };
    let texts: Readonly<Record<string, string>> | null = null;
    await waitUntil(waiting, async () => {
      const secret = await find<{ readonly data?: Readonly<Record<string, string>> }>(kube, secretPath);
      const pairs = Object.entries(secret?.data ?? {});
      texts = Object.fromEntries(pairs.map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
      return pairs.length > 0 ? null : `what the secret manager says is asked as ${titleOf(name)} asks it`;
    });
    return texts;
  } catch (error) {
    if (error instanceof OutgrowError && error.code === "timeout") return null;
    throw error;
  } finally {
    await remove();
  }
}

function templateBefore(
  template: { readonly data?: Readonly<Record<string, string>> } | undefined,
  before: Readonly<Record<string, string>>,
): object {
  if (template === undefined || before[TEMPLATE] === "") return {};
  const { [TEMPLATE]: _there, ...texts } = before;
  const data = Object.entries({ ...template.data, ...texts }).filter(([, text]) => text !== "");
  return { template: { ...template, data: Object.fromEntries(data) } };
}
