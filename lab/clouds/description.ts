import { readFileSync } from "node:fs";
import { Ajv } from "ajv";

/** What DigitalOcean's own description says of the little that outgrow uses: JSON Schemas, by what they describe. */
export interface Description {
  readonly lists: Readonly<Record<string, object>>;
  readonly database: object;
  readonly migration: object;
  /** The body that begins a migration. */
  readonly source: object;
  readonly refusal: object;
}

export function readDescription(): Description {
  return JSON.parse(readFileSync("lab/clouds/fixtures/digitalocean.json", "utf8"));
}

/** Nothing where it is as described. OpenAPI 3.0: `nullable` and `readOnly` are words of theirs. */
export function errorsOf(schema: object, body: unknown): string {
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
  return ajv.validate(schema, body) ? "" : ajv.errorsText();
}
