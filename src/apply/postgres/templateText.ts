/**
 * The template of an ExternalSecret key that writes the new address whatever the secret manager says: the old one is
 * replaced, any other value is left. So the controller can never write the old address back, and a key that is
 * changed in the manager meanwhile changes nothing. Nothing but the part behind the password stands in it.
 * Functions are sprig's: https://external-secrets.io/latest/guides/templating/
 */
export function translation(key: string, template: string, from: string, to: string): string | null {
  const inner = innerOf(key, template);
  const pair = differing(from, to);
  if (inner === null || pair === null) return null;
  const [old, next] = pair;
  if (from.replaceAll(old, next) !== to) return null;
  const step = ` | replace ${JSON.stringify(old)} ${JSON.stringify(next)}`;
  return inner.endsWith(step) ? template : `{{ ${inner}${step} }}`;
}

/** A template that is one action only, or none at all: what it comes to is the manager's value. */
export function isTranslated(template: string): boolean {
  return template === "" || ONE_ACTION.test(template);
}

/** Whether a text is a translation of the template, of whatever to whatever. */
export function isTranslationOf(key: string, template: string, text: string): boolean {
  const start = `{{ ${innerOf(key, template)} | replace "`;
  return text.startsWith(start) && /^[^|]* "[^|]*" \}\}$/.test(text.slice(start.length - 1));
}

const ONE_ACTION = /^\s*\{\{-?\s*(?<inner>[^{}]*?)\s*-?\}\}\s*$/;

function innerOf(key: string, template: string): string | null {
  if (template === "") return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `index . ${JSON.stringify(key)}`;
  return ONE_ACTION.exec(template)?.groups?.inner ?? null;
}

/** What stands behind the password of a URL, or a word as a whole; `null` where a secret may be in it. */
function differing(from: string, to: string): readonly [from: string, to: string] | null {
  const parts = [from, to].map((text) => /^\S+:\/\/(?:.*@)?(?<tail>[^@\s]*)$/.exec(text)?.groups?.tail);
  const [old, next] = parts;
  if (old !== undefined && next !== undefined) {
    const mark = from.endsWith(`@${old}`) && to.endsWith(`@${next}`) ? "@" : "//";
    return HIDES_SECRET.test(old) ? null : [`${mark}${old}`, `${mark}${next}`];
  }
  return /^[\w.-]+$/.test(from) && /^[\w.-]+$/.test(to) ? [from, to] : null;
}

const HIDES_SECRET = /[?&][^=]*(pass|secret|token|key)[^=]*=/i;

/** The text with each action of the template out of the way, as one word: an address is read around them. */
export function aroundActions(template: string, change: (text: string) => string | null): string | null {
  const actions: string[] = [];
  const masked = template.replace(/\{\{.*?\}\}/g, (action) => `\u{e000}${actions.push(action) - 1}\u{e001}`);
  const changed = change(masked);
  return (
    changed?.replace(/\u{e000}(\d+)\u{e001}/gu, (_, index: string) => actions[Number(index)] ?? "") ?? null
  );
}
