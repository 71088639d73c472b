import { Secret } from "../../model/secret.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { blocks, type PreflightFinding } from "../../plan/postgres/finding.ts";
import type { MoveOrder } from "./order.ts";

const PATIENCE: Millis = 15 * SECOND;

/**
 * We reach the target from the host, its rows are copied from the pod, and the way back is dialled from there: what
 * stands between those two only the pod itself can tell.
 */
export async function wayThereProblems(order: MoveOrder): Promise<readonly PreflightFinding[]> {
  if (order.driver !== "offline" && !order.canReturn) return [];
  const { admin, programs, dial } = order.target;
  const psql = programs.psql({ user: admin.user, database: admin.database });
  const { code, stderr } = await order.shell({
    words: [...psql, "--no-psqlrc", "--quiet", "--tuples-only", "--command=select 1"],
    input: new Secret(`${admin.password.reveal()}\n`),
    effect: "reads",
    timeoutMs: PATIENCE,
  });
  if (code === 0) return [];
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return [
    blocks(
      "way-there",
      "the way from the old server to the new one",
      `psql beside the old one does not reach ${dial.host}:${dial.port}: ${said === "" ? `it ended with ${code}` : said}`,
      "Let the host of the old server in at the new one (a managed database has trusted sources), and its pod out (a NetworkPolicy); then run it again.",
    ),
  ];
}
