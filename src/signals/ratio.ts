/** A counter's `rate`, `increase` or samples over the usual window: four scrapes of a minute and one to spare. */
export function total(over: "rate" | "increase" | "count_over_time", selector: string): string {
  return `sum(${over}(${selector}[5m]))`;
}

/**
 * A quotient of rates is off in its 16th digit, which would make "exactly 5 %" read as "more than 5 %".
 * Nine digits are enough, and are as many as a threshold is rounded to.
 */
export function exactRatio(expr: string): string {
  return `round(1e9 * (${expr})) / 1e9`;
}
