import { OutgrowError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import { WITHOUT_NEWER_LIMITS } from "../loginDefaults.ts";
import type { ProgramLogin, ServerCommand, ServerPrograms } from "../shell.ts";
import type { DumpProgram } from "./dump.ts";

const FLAGS = ["--data-only", "--no-owner", "--exclude-schema=outgrow_*"];

/**
 * pg_dump into psql, both on the host beside the source: the rows never pass through the machine this runs on.
 * Half a copy needs no undo: the next attempt makes the target's database anew.
 */
export async function copyRows(
  dump: DumpProgram,
  programs: ServerPrograms,
  to: ProgramLogin & { readonly password: Secret },
): Promise<void> {
  const { code, stdout, stderr } = await dump.shell(copyCommand(dump, programs, to));
  // psql ends with 0 when its input ends early; the last line is sent only when pg_dump has ended well.
  if (code === 0 && stdout.includes(DONE)) return;
  throw new OutgrowError(
    "command",
    `Copying the rows failed: ${stderr.trim().split("\n").slice(-5).join("\n")}`,
  );
}

const DONE = "outgrow: all rows are in";

function copyCommand(
  { programs: source, login, limitMs }: DumpProgram,
  target: ServerPrograms,
  to: ProgramLogin & { readonly password: Secret },
): ServerCommand {
  const from = [...source.pgDump(login), ...FLAGS];
  const into = [...target.psql(to), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"];
  return {
    words: ["sh", "-c", PIPE, "outgrow", WITHOUT_NEWER_LIMITS, String(from.length), ...from, ...into],
    input: new Secret(`${login.password.reveal()}\n${to.password.reveal()}\n`),
    effect: "changes",
    timeoutMs: limitMs,
  };
}

/**
 * `$1`: what psql is told first, for it may be idle for long until pg_dump has read the schema. `$2`: how many of the following
 * words are pg_dump's; the rest are psql's. Each reads its password first.
 */
const PIPE = `
IFS= read -r from; IFS= read -r to
first=$1; count=$2; shift 2; total=$#
dump() {
  n=0
  for word do n=$((n + 1)); [ $n -gt $count ] || set -- "$@" "$word"; done
  shift $total
  printf "%s\\n" "$from" | "$@"
}
{
  printf "%s\\n%s;\\n" "$to" "$first"
  dump "$@" && printf "\\\\\\\\echo ${DONE}\\n"
} | { shift $count; "$@"; }
`;
