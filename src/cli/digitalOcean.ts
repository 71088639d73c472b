import type { DigitalOceanAccess } from "../clouds/digitalOceanQuestion.ts";
import type { Secret } from "../model/secret.ts";
import { SECOND } from "../model/time.ts";

/** The real one: https://docs.digitalocean.com/reference/api/ */
export function digitalOcean(token: Secret): DigitalOceanAccess {
  return { origin: "https://api.digitalocean.com", token, timeoutMs: 30 * SECOND };
}
