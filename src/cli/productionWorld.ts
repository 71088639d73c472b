import { setTimeout as wait } from "node:timers/promises";
import type { World } from "../apply/world.ts";
import { digitalOceanMigration } from "../clouds/digitalOceanMigration.ts";
import type { Config } from "../config/config.ts";
import type { HostSession } from "../hosts/session.ts";
import { createSshSession } from "../hosts/sshSession.ts";
import { sshTarget } from "../hosts/target.ts";
import { connectKube } from "../kube/connect.ts";
import { OutgrowError } from "../model/error.ts";
import { digitalOcean } from "./digitalOcean.ts";
import type { Io } from "./io.ts";
import { kubeAccess } from "./kubeAccess.ts";
import { outsideEye } from "./outsideEye.ts";
import { resolveSecret } from "./secrets.ts";

/** The adapters of the real world for `apply` and `undo`; nothing is connected before it is used. */
export function productionWorld(
  config: Config,
  io: Io,
  stopping: AbortSignal,
  folder: string,
): World & AsyncDisposable {
  const stack = new AsyncDisposableStack();
  const kube = stack.use(connectKube(kubeAccess(config.cluster, io)));
  const sessions = new Map<string, HostSession>();
  return {
    kube,
    host: async (name) => {
      const session = sessions.get(name) ?? stack.use(sessionOf(config, name));
      sessions.set(name, session);
      return session;
    },
    answers: outsideEye(),
    onlineMigration: ({ digitalocean, token }) =>
      digitalOceanMigration(digitalOcean(resolveSecret(token, "cloud.digitalocean.token", io)), digitalocean),
    secret: (ref) => resolveSecret(ref, "env" in ref ? ref.env : ref.file, io),
    now: io.now,
    sleep: (duration) => sleepUntil(duration, stopping),
    stopping,
    folder,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function sessionOf({ hosts, target }: Config, name: string): HostSession {
  const host = [...hosts, ...(target?.hosts ?? [])].find((each) => each.name === name);
  const server = hosts.find(({ role, ssh }) => role === "server" && ssh !== null);
  if (host?.ssh == null && host?.privateAddress != null && server?.ssh != null) {
    // Over the private network, through the server: no way in of its own has to be open.
    const destination = `root@${host.privateAddress}`;
    return createSshSession(sshTarget({ name, destination }, { jump: server.ssh }));
  }
  if (host?.ssh == null) {
    throw new OutgrowError("config", `${name} has no ssh in outgrow.yaml, so it cannot be reached.`, {
      hint: `Write ${name}: { role: …, ssh: root@${name} } under hosts or target.hosts, or give it a privateAddress to be reached at through the server.`,
    });
  }
  return createSshSession(sshTarget({ name, destination: host.ssh }));
}

async function sleepUntil(duration: number, stopping: AbortSignal): Promise<void> {
  try {
    await wait(duration, undefined, { signal: stopping });
  } catch (cause) {
    throw new OutgrowError("interrupted", "Stopped while waiting.", { cause });
  }
}
