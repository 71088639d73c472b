import { measure } from "./measure.ts";

const SIZES = [1_250, 2_500, 5_000, 10_000];
const BAR_OBJECTS = 5_000;
const BAR_MS = 100;

/** What `lab/bench/audit.ts` prints. */
interface AuditFigures {
  readonly checks: number;
  readonly findings: number;
  readonly coldMs: number;
  readonly warmMs: number;
}

/** One line a size; equal steps are linear. */
export async function auditLines(): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const objects of SIZES) {
    const command = { command: process.execPath, args: ["lab/bench/audit.ts", String(objects)] };
    const { stdout } = await measure(command, 1);
    lines.push(lineOf(objects, JSON.parse(stdout) as AuditFigures));
  }
  return lines;
}

function lineOf(objects: number, { checks, findings, coldMs, warmMs }: AuditFigures): string {
  const verdict =
    objects === BAR_OBJECTS ? `  (bar ${BAR_MS} ms: ${warmMs <= BAR_MS ? "held" : "MISSED"})` : "";
  const [warm, cold] = [warmMs, coldMs].map((value) => `${value.toFixed(0).padStart(5)} ms`);
  return `  ${String(objects).padStart(6)} objects ${warm} warm ${cold} cold  ${checks} checks, ${findings} findings${verdict}`;
}
