import { OutgrowError } from "../model/error.ts";
import { liftSamples } from "./sampleText.ts";
import type { Reply } from "./transport.ts";

/** What a successful answer holds: its data, and what the server wants people to know about it. */
export interface Envelope {
  readonly data: unknown;
  readonly remarks: readonly string[];
}

/** Opens the answer to a question. Data wins: warnings beside it are remarks, not failures. */
export function openEnvelope({ body, headers }: Reply, where: string): Envelope {
  const envelope = parseBody(body, headers["content-type"] ?? "", where);
  if (!isRecord(envelope) || envelope.status !== "success" || !("data" in envelope)) {
    throw unexpected(where, "no answer of the Prometheus API");
  }
  return { data: envelope.data, remarks: remarks(envelope) };
}

/** An answer that is not what the API promises; `what` says what it is instead. */
export function unexpected(where: string, what: string): OutgrowError {
  return new OutgrowError("bad-answer", `${where} sends ${what}.`, {
    hint: "Check that metrics.prometheus.url is the base of a Prometheus-compatible API, and what stands in between.",
  });
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseBody(body: string, contentType: string, where: string): unknown {
  try {
    return parseWithSamples(body);
  } catch {
    if (contentType.includes("html") || body.trimStart().startsWith("<")) {
      throw unexpected(where, "a web page (HTML) instead of JSON");
    }
    const isCut = body.startsWith("{") && !body.trimEnd().endsWith("}");
    throw unexpected(where, isCut ? `JSON that breaks off after ${body.length} characters` : "no JSON");
  }
}

/** The samples of a range answer stand as `Samples` where the pairs were, unless they are written unusually. */
function parseWithSamples(body: string): unknown {
  const lifted = liftSamples(body);
  if (lifted === null || lifted.samples.length === 0) return JSON.parse(body);
  const { text, samples } = lifted;
  return JSON.parse(text, (key, value: unknown) =>
    key === "values" && typeof value === "number" ? samples[value] : value,
  );
}

function remarks(envelope: Readonly<Record<string, unknown>>): readonly string[] {
  const texts = [envelope.warnings, envelope.infos].flat().filter((text) => typeof text === "string");
  // VictoriaMetrics clusters say so when a storage node did not answer.
  return envelope.isPartial === true
    ? [...texts, "the answer is partial: not every storage node replied"]
    : texts;
}
