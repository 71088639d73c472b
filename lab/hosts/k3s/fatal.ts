/** Ends the program as k3s ends: one line in its log's form. */
export function fatal(message: string): never {
  log("fatal", message);
  process.exit(1);
}

export function log(level: "info" | "error" | "fatal", message: string): void {
  const time = new Date().toISOString().replace(/\.\d+/, "");
  process.stderr.write(`time="${time}" level=${level} msg=${JSON.stringify(message)}\n`);
}
