import { Secret } from "../../model/secret.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { quoteName } from "../quote.ts";
import type { RunNames } from "../runNames.ts";
import type { ProgramLogin, ServerCommand, ServerPrograms } from "../shell.ts";

const RETRY_SECONDS = 2;
/** Long enough for a server that is restarted; a timer that finds nothing for so long has nothing to do. */
const ATTEMPTS = 900;

/**
 * A timer for the host of the database: lets go of one hold when its time is over, though whoever held it
 * is gone. It starts itself apart from the session that brought it, asks until the server answers and the hold stands,
 * which on a busy host may be later than its end, and ends. If the hold was decided meanwhile, nothing is done. The password comes on stdin and stays in memory.
 */
export function holdTimer(
  programs: ServerPrograms,
  names: RunNames,
  login: ProgramLogin & { readonly password: Secret },
  hold: number,
  limitMs: Millis,
): ServerCommand {
  const psql = programs.psql(login);
  const statement = `select ${quoteName(names.schema)}.time_is_over(${hold})`;
  return {
    words: ["sh", "-c", TIMER, "outgrow", names.id, String(hold), seconds(limitMs), statement, ...psql],
    input: new Secret(`${login.password.reveal()}\n`),
    effect: "changes",
  };
}

/**
 * Ends the timers of a move, those that runs which died have left too: where the record is gone one would ask for it for half an
 * hour. Only while nothing is held that must be let go of.
 */
export function endTimers(names: RunNames): ServerCommand {
  // The brackets keep the pattern from finding the shell that carries it.
  const pattern = `^sh -c .*[o]utgrow-timer ${names.id} `;
  return { words: ["sh", "-c", END, "outgrow", pattern], effect: "changes" };
}

const END = `for pid in $(pgrep -f "$1"); do kill -- "-$pid" 2>/dev/null; done; true`;

/** `$1` and `$2` are for those who look for it, `$3` seconds, `$4` the statement; the rest is psql as it is reached from here. */
const TIMER = `
IFS= read -r PGPASSWORD; export PGPASSWORD
setsid sh -c '
  wait=$3; statement=$4; shift 4
  sleep "$wait"
  for attempt in $(seq ${ATTEMPTS}); do
    printf "%s\\n" "$PGPASSWORD" | "$@" --no-psqlrc --quiet --tuples-only --command="$statement" && exit 0
    sleep ${RETRY_SECONDS}
  done
' outgrow-timer "$@" </dev/null >/dev/null 2>&1 &
`;

function seconds(limitMs: Millis): string {
  return String(limitMs / SECOND);
}
