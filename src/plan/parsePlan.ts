import { canonicalJson, type Hash } from "../model/canonical.ts";
import { OutgrowError } from "../model/error.ts";
import { PLAN_VERSION, type Plan } from "../model/plan.ts";

/** A plan as `outgrow plan --out` writes it. Throws `file` for what is none, is of another version, or was edited. */
export function parsePlan(text: string, file: string, hash: Hash): Plan {
  const plan = parse(text, file) as Partial<Plan> | null;
  if (plan === null || typeof plan !== "object" || !Array.isArray(plan.steps)) {
    throw refused(file, "is not a plan");
  }
  if (plan.version !== PLAN_VERSION) {
    throw refused(file, `has version ${String(plan.version)}; this outgrow knows ${PLAN_VERSION}`);
  }
  const { id, madeAt: _madeAt, ...content } = plan as Plan;
  if (planId(content, hash) === id) return plan as Plan;
  throw refused(file, "was changed since it was made");
}

/** The same content has the same id, whenever it is made. */
export function planId(content: Omit<Plan, "id" | "madeAt">, hash: Hash): string {
  return hash(canonicalJson(content)).slice(0, ID_LENGTH);
}

const ID_LENGTH = 16;

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new OutgrowError("file", `${file} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

function refused(file: string, what: string): OutgrowError {
  return new OutgrowError("file", `${file} ${what}.`, {
    hint: `Make it anew: outgrow plan --out ${file}`,
  });
}
