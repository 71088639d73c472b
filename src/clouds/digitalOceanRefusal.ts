import { OutgrowError } from "../model/error.ts";
import { REDACTED } from "../model/redact.ts";
import type { Secret } from "../model/secret.ts";
import type { Question } from "./digitalOceanQuestion.ts";

/** Their own word for it, and what to do. https://docs.digitalocean.com/reference/api/#http-statuses */
export async function refusalOf(
  origin: string,
  question: Question,
  response: Response,
): Promise<OutgrowError> {
  const said = hide(await messageOf(response), question.secret);
  const asked = `${question.method} ${question.path.replace(/\?.*/, "")}`;
  const what = `DigitalOcean (${origin}) answered ${response.status} to ${asked}${said === "" ? "" : `: ${said}`}.`;
  switch (response.status) {
    case 401:
      return new OutgrowError("unauthorized", what, {
        hint: "cloud.digitalocean.token must hold a valid token.",
      });
    case 403:
      return new OutgrowError("denied", what, { hint: question.deniedHint });
    case 429:
      return new OutgrowError("rate-limited", what, {
        hint: "They allow 5,000 requests an hour: try again later.",
      });
    default:
      return new OutgrowError(response.status >= 500 ? "unavailable" : "bad-answer", what);
  }
}

async function messageOf(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, 4096);
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message.replace(/\.$/, "") : "";
  } catch {
    return "";
  }
}

/** As it is, and as it would be within a URL. */
function hide(text: string, secret: Secret | undefined): string {
  const value = secret?.reveal() ?? "";
  if (value === "") return text;
  return text.replaceAll(encodeURIComponent(value), REDACTED).replaceAll(value, REDACTED);
}
