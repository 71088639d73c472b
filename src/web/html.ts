/** Markup that needs no more escaping. Only `html` makes it. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | readonly Html[];

/** Escapes everything put into the template, so that no name from outside can become markup. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings.map((text, index) => text + (index < parts.length ? markupOf(parts[index]) : ""));
  return { markup: markup.join("") };
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function markupOf(part: Part | undefined): string {
  if (part === undefined) return "";
  if (typeof part === "string") return part.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
  if (typeof part === "number") return String(part);
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("");
}
