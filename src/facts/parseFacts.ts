import { OutgrowError } from "../model/error.ts";
import { FACTS_VERSION, type Facts } from "../model/facts.ts";
import { pathText } from "../model/shape.ts";
import { factsMisfit } from "./factsShape.ts";

/** A facts file, as `outgrow facts` writes it. Throws `file` for what is none, or from another version. */
export function parseFacts(text: string, file: string): Facts {
  const facts = parse(text, file);
  if (!isObject(facts) || typeof facts.version !== "number") throw notFacts(file);
  if (facts.version !== FACTS_VERSION) {
    throw new OutgrowError(
      "file",
      `${file} holds facts of version ${facts.version}; this outgrow reads ${FACTS_VERSION}.`,
      {
        hint: "Read them again with this one: outgrow facts --out FILE.",
      },
    );
  }
  const misfit = factsMisfit(facts);
  if (misfit !== null) {
    throw new OutgrowError(
      "file",
      `${file} holds no sound facts: ${pathText(misfit.path)} ${misfit.problem}.`,
      {
        hint: "Read them again: outgrow facts --out FILE.",
      },
    );
  }
  return facts as unknown as Facts;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new OutgrowError("file", `${file} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

function notFacts(file: string): OutgrowError {
  return new OutgrowError("file", `${file} is not a file of facts.`, {
    hint: "outgrow facts --out FILE writes one.",
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
