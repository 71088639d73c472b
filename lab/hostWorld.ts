import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../src/apply/world.ts";
import type { HostSession } from "../src/hosts/session.ts";
import { createSshSession } from "../src/hosts/sshSession.ts";
import { sshTarget } from "../src/hosts/target.ts";
import type { KubeApi } from "../src/kube/api.ts";
import type { OnlineMigration } from "../src/model/onlineMigration.ts";

/** The world of a step in the laboratory: the same adapters as in production, over the laboratory's ssh. */
export interface HostWorld extends World, AsyncDisposable {}

export interface HostWorldOptions {
  readonly sshConfigFile: string;
  readonly folder: string;
  readonly kube?: KubeApi;
  /** The eye from outside; nothing is seen without one. */
  readonly answers?: World["answers"];
  /** A provider's migration; none without. */
  readonly onlineMigration?: OnlineMigration;
  /** The secrets it can give; none without. */
  readonly secret?: World["secret"];
  /** What a session is wrapped in, to make it fail. */
  readonly wrap?: (session: HostSession) => HostSession;
}

export function createHostWorld({
  sshConfigFile,
  folder,
  kube,
  answers,
  onlineMigration,
  secret,
  wrap,
}: HostWorldOptions): HostWorld {
  const sessions = new Map<string, HostSession>();
  const open = (name: string) => {
    const target = sshTarget(
      { name, destination: name },
      { configFile: sshConfigFile, connectTimeoutMs: 60_000 },
    );
    const session = createSshSession(target);
    sessions.set(name, session);
    return session;
  };
  const stopping = new AbortController().signal;
  return {
    kube: kube ?? noKube,
    async host(name) {
      const session = sessions.get(name) ?? open(name);
      return wrap?.(session) ?? session;
    },
    answers: answers ?? (async () => false),
    onlineMigration: () => {
      if (onlineMigration === undefined) throw new Error("this world has no online migration");
      return onlineMigration;
    },
    secret:
      secret ??
      (() => {
        throw new Error("this world knows no secret");
      }),
    now: Date.now,
    sleep: (ms) => sleep(ms),
    stopping,
    folder,
    async [Symbol.asyncDispose]() {
      for (const session of sessions.values()) await session[Symbol.asyncDispose]();
    },
  };
}

const noKube: KubeApi = {
  request: async () => {
    throw new Error("this world has no Kubernetes");
  },
  [Symbol.asyncDispose]: async () => undefined,
};
