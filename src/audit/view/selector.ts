import { field } from "./kube.ts";

/** Whether a label selector matches; an empty one matches everything, a missing one nothing. */
export function matchesLabels(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (typeof selector !== "object" || selector === null) return false;
  const wanted = Object.entries(field(selector, "matchLabels") ?? {});
  const expressions = field(selector, "matchExpressions");
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    (Array.isArray(expressions) ? expressions : []).every((each) => holds(each, labels))
  );
}

function holds(expression: unknown, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[String(field(expression, "key"))];
  const values = field(expression, "values");
  const isListed = value !== undefined && Array.isArray(values) && values.includes(value);
  switch (field(expression, "operator")) {
    case "In":
      return isListed;
    case "NotIn":
      return !isListed;
    case "Exists":
      return value !== undefined;
    default:
      return value === undefined;
  }
}
