import { setTimeout as sleep } from "node:timers/promises";
import { OutgrowError } from "../model/error.ts";
import { type Millis, SECOND } from "../model/time.ts";
import type { DigitalOceanAccess, Question } from "./digitalOceanQuestion.ts";
import { refusalOf } from "./digitalOceanRefusal.ts";

const MOST_TRIES = 4;
const LONGEST_WAIT: Millis = 60 * SECOND;

/**
 * Asks until there is an answer: 2xx, or 404 where that is one. Throws `unauthorized`, `denied`, `rate-limited`, `unavailable`,
 * `unreachable`, `timeout` or `bad-answer`.
 */
export async function ask(access: DigitalOceanAccess, question: Question): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await send(access, question);
    if (response.ok || (response.status === 404 && question.mayBeMissing === true)) return response;
    if (!isPassing(question, response.status) || tries === MOST_TRIES) {
      throw await refusalOf(access.origin, question, response);
    }
    await response.body?.cancel();
    await sleep(waitOf(response, tries));
  }
}

/** An error of theirs does not say that nothing was done; only a question that was not let in is safe to put again. */
function isPassing({ method }: Question, status: number): boolean {
  return status === 429 || (status >= 500 && method !== "PUT");
}

async function send({ origin, token, timeoutMs }: DigitalOceanAccess, question: Question): Promise<Response> {
  const { method, path, body } = question;
  const bearer = { Authorization: `Bearer ${token.reveal()}`, Accept: "application/json" };
  const content =
    body === undefined
      ? { headers: bearer }
      : { headers: { ...bearer, "Content-Type": "application/json" }, body: JSON.stringify(body) };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    return await fetch(`${origin}${path}`, { method, ...content, signal, redirect: "error" });
  } catch (cause) {
    if ((cause as Error).name === "TimeoutError") {
      throw new OutgrowError(
        "timeout",
        `DigitalOcean (${origin}) did not answer within ${timeoutMs / SECOND} s.`,
        { cause },
      );
    }
    throw new OutgrowError("unreachable", `DigitalOcean (${origin}) cannot be reached: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}

/** fetch says only "fetch failed"; what it failed of is inside. */
function reasonOf(error: unknown): string {
  const inner = (error as { readonly cause?: { readonly code?: string; readonly message?: string } }).cause;
  return inner?.code ?? inner?.message ?? (error as Error).message;
}

export async function readBody(
  access: DigitalOceanAccess,
  response: Response,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) return body as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw notTheirs(access, "it is no JSON", cause);
  }
  throw notTheirs(access, "it is no object");
}

export function notTheirs({ origin }: DigitalOceanAccess, why: string, cause?: unknown): OutgrowError {
  return new OutgrowError(
    "bad-answer",
    `DigitalOcean (${origin}) gave an answer that is not theirs: ${why}.`,
    { cause },
  );
}

/** As long as they ask for, else twice as long each time. */
function waitOf(response: Response, tries: number): Millis {
  const asked = Number(response.headers.get("retry-after")) * SECOND;
  return Math.min(asked > 0 ? asked : SECOND * 2 ** (tries - 1), LONGEST_WAIT);
}
