import type { World } from "../../src/apply/world.ts";
import type { CommandResult, HostCommand } from "../../src/hosts/command.ts";
import type { HostSession } from "../../src/hosts/session.ts";
import { STANDING } from "./leftover.ts";
import type { Standstill, TracedCommand } from "./order.ts";

/** Counts the commands that change a host, and what each of them consists of; at one point of one of them the host stands still. */
export interface Tracing {
  readonly commands: readonly TracedCommand[];
  run(session: HostSession, command: HostCommand): Promise<CommandResult>;
}

export function createTracing(standAt: Standstill | null): Tracing {
  const commands: TracedCommand[] = [];
  let begun = 0;
  return {
    commands,
    run: async (session, command) => {
      if (command.effect === "reads") return await session.run(command);
      begun += 1;
      const point = standAt?.command === begun ? standAt.point : 0;
      const { stderr, ...result } = await session.run(traced(command, point));
      const end = POINTS.exec(stderr);
      const name = `${session.name} ${command.words.join(" ").split("\n")[0]?.slice(0, 60)}`;
      commands.push({ name, points: Number(end?.[1] ?? 0) });
      return { ...result, stderr: stderr.slice(0, end?.index) };
    },
  };
}

export function tracedWorld(world: World, tracing: Tracing): World {
  return { ...world, host: async (name) => tracedSession(await world.host(name), tracing) };
}

function tracedSession(session: HostSession, tracing: Tracing): HostSession {
  return {
    ...session,
    run: (command) => tracing.run(session, command),
    another: () => tracedSession(session.another(), tracing),
  };
}

/** The same command in a shell that knows where it is. */
function traced({ words, ...command }: HostCommand, standAt: number): HostCommand {
  const [program, option, script = "", ...args] = words;
  const inner = program === "sh" && option === "-c" ? [script, ...args] : ['"$@"', "outgrow-lab", ...words];
  return { ...command, words: ["bash", "-c", TRACE, "outgrow-lab-trace", String(standAt), ...inner] };
}

const POINTS = /\noutgrow-lab-points (\d+)\n$/;

/** Before each simple command of the script: counts it, and stands still when it is the one, once. */
const TRACE = `count=/run/outgrow-lab-points
point=$1 script=$2; shift 2
: >"$count"
bash --posix -c "lab_at=0
set -T
trap 'lab_at=\\$((lab_at + 1)); printf %s \\$lab_at >$count
if [ \\$lab_at = $point ] && [ ! -e ${STANDING}.seen ]; then
  : >${STANDING}.seen; echo \\$BASHPID >${STANDING}.new; mv ${STANDING}.new ${STANDING}
  while [ -e ${STANDING} ]; do sleep 0.05; done
fi' DEBUG
$script" "$@"
code=$?
printf '\\noutgrow-lab-points %s\\n' "$(cat "$count")" >&2
exit "$code"`;
