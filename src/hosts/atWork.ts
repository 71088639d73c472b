import type { HostCommand } from "./command.ts";

/**
 * Stands in the command line of every shell that changes a host. A run that is killed, or whose connection breaks, leaves it
 * at work: without a terminal nobody hangs it up.
 */
export const AT_WORK = "outgrow-at-work";

/**
 * Ends what changes this host for whoever has begun it, with all it has started, and says how many there were. What ends
 * only when we have gone on (a file that is put, a service that restarts) would change what we have made of it.
 * It is none of them itself, and may be repeated at will. Containers are left alone: their mounts are not the host's.
 */
export function stopAtWork(): HostCommand {
  return { words: ["sh", "-c", STOP, "outgrow-stop"], effect: "reads" };
}

/**
 * The brackets keep the pattern from finding itself. The dead that nobody has waited for (state Z) are gone: `kill -0` would
 * find them for as long as the host's first process, or a parent that never waits, leaves them there.
 */
const STOP = `found() {
  grep -l "[${AT_WORK.slice(0, 1)}]${AT_WORK.slice(1)}" /proc/[0-9]*/cmdline 2>/dev/null | cut -d / -f 3 |
    while read -r pid; do if [ "/proc/$pid/ns/mnt" -ef /proc/self/ns/mnt ]; then cut -d ' ' -f 5 "/proc/$pid/stat"; fi; done |
    sort -u
}
groups=$(found)
end() { for group in $groups; do kill "-$1" "-$group" 2>/dev/null; done; }
alive() { sed -n 's/.*) [^ZX] [0-9]* \\([0-9]*\\) .*/\\1/p' /proc/[0-9]*/stat 2>/dev/null | grep -qxF "$groups"; }
gone() {
  for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$groups" ] && alive || return 0
    sleep 0.2
  done
  return 1
}
{ end TERM; gone; } || { end KILL; gone; } || { echo "what an earlier run has begun cannot be ended" >&2; exit 1; }
set -- $groups
echo "$#"
`;
