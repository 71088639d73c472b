import { existsSync, readFileSync } from "node:fs";
import type { LabHost } from "../hosts/host.ts";
import { waitFor } from "../waitFor.ts";

/** The file in which a command that stands still writes its process number; it goes on when the file goes. */
export const STANDING = "/run/outgrow-lab-standing";

/** A command in the middle of which its host stands still. */
export interface Leftover {
  /** Ends the connection it was sent over, and leaves it alone. */
  cut(): Promise<void>;
  /** Ends it where it is, as a shell that is hung up. */
  end(): Promise<void>;
  /** Lets it go on, if it is still there, and waits until it is gone. */
  wake(): Promise<void>;
}

/** Forgets earlier ones. */
export async function clearStanding(hosts: readonly LabHost[]): Promise<void> {
  for (const host of hosts) await host.run("rm", ["-f", STANDING, `${STANDING}.seen`]);
}

/** `null`: none stands still yet. */
export async function leftoverOn(hosts: readonly LabHost[]): Promise<Leftover | null> {
  const host = hosts.find((each) => existsSync(each.path(STANDING)));
  if (host === undefined) return null;
  const pid = readFileSync(host.path(STANDING), "utf8").trim();
  const group = (await host.run("sh", ["-c", `cut -d ' ' -f 5 /proc/${pid}/stat`])).trim();
  const gone = async () =>
    await waitFor("what was left over to end", async () => {
      const { code } = await host.attempt("sh", ["-c", `kill -0 -${group} 2>/dev/null`]);
      return code === 0 ? undefined : true;
    });
  return {
    cut: async () => void (await host.run("sh", ["-c", CUT, "outgrow-lab-cut", pid])),
    end: async () => {
      await host.run("sh", ["-c", `kill -KILL -${group}`]);
      await gone();
    },
    wake: async () => {
      await host.run("rm", ["-f", STANDING]);
      await gone();
    },
  };
}

/** The nearest sshd among its ancestors is that of its connection. */
const CUT = `pid=$1
while [ "$(cat "/proc/$pid/comm")" != sshd ]; do pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status"); done
kill -KILL "$pid"`;
