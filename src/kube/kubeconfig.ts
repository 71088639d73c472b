import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { OutgrowError } from "../model/error.ts";
import { closest } from "../model/similar.ts";
import type { KubeSettings } from "./settings.ts";

/** The context of a kubeconfig, with its cluster and user. Fields are as kubectl's manual has them. */
export interface Kubeconfig {
  readonly file: string;
  readonly text: string;
  readonly context: string;
  readonly cluster: ClusterEntry & { readonly server: string };
  readonly userName: string;
  readonly user: UserEntry;
}

export interface ClusterEntry {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
  readonly "proxy-url"?: string;
}

export interface UserEntry {
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly exec?: unknown;
  readonly "auth-provider"?: unknown;
}

interface Document {
  readonly clusters?: readonly { readonly name?: string; readonly cluster?: ClusterEntry }[];
  readonly users?: readonly { readonly name?: string; readonly user?: UserEntry }[];
  readonly contexts?: readonly {
    readonly name?: string;
    readonly context?: { readonly cluster?: string; readonly user?: string };
  }[];
  readonly "current-context"?: string;
}

export function readKubeconfig({ file: named, context, home }: KubeSettings): Kubeconfig {
  const file = resolve(named.replace(/^~(?=\/|$)/, home));
  const text = readText(file);
  const document = parse(text, file);
  const contexts = document.contexts ?? [];
  const name = context ?? document["current-context"] ?? "";
  if (name === "") throw noCurrentContext(file, contexts.map(nameOf));
  const chosen = contexts.find((each) => each.name === name)?.context;
  if (chosen === undefined) throw unknownContext(file, name, contexts.map(nameOf));
  const cluster = document.clusters?.find((each) => each.name === chosen.cluster)?.cluster;
  const user = document.users?.find((each) => each.name === chosen.user)?.user;
  if (cluster?.server === undefined) throw incomplete(file, name, `cluster ${chosen.cluster}`);
  if (user === undefined || user === null) throw incomplete(file, name, `user ${chosen.user}`);
  const server = { ...cluster, server: cluster.server.replace(/\/+$/, "") };
  return { file, text, context: name, cluster: server, userName: chosen.user ?? "", user };
}

/** A file a kubeconfig names is beside it unless its path is absolute. */
export function beside({ file }: Kubeconfig, path: string): string {
  return resolve(dirname(file), path);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new OutgrowError(
      "file",
      isMissing ? `There is no kubeconfig at ${file}.` : `The kubeconfig ${file} cannot be read.`,
      {
        hint: isMissing
          ? "Name yours in cluster.kubeconfig. k3s writes one on its server, /etc/rancher/k3s/k3s.yaml: copy it and put the server's address into it."
          : "This user needs read permission on it.",
        at: { file },
        cause,
      },
    );
  }
}

function parse(text: string, file: string): Document {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lineCounter.linePos(problem.pos[0]);
    // Their message quotes no values.
    throw new OutgrowError(
      "config",
      `The kubeconfig is no valid YAML: ${problem.message.replace(/\.?$/, "")}.`,
      {
        at: { file, line, column: col },
      },
    );
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new OutgrowError("config", `${file} is no kubeconfig: it holds no clusters and users.`, {
      at: { file },
    });
  }
  return value;
}

function nameOf({ name }: { readonly name?: string }): string {
  return name ?? "";
}

function noCurrentContext(file: string, known: readonly string[]): OutgrowError {
  return new OutgrowError("config", `The kubeconfig ${file} has no current context.`, {
    hint: `Name one in cluster.context. ${list(known)}`,
  });
}

function unknownContext(file: string, name: string, known: readonly string[]): OutgrowError {
  const near = closest(name, known);
  return new OutgrowError("config", `The kubeconfig ${file} has no context ${name}.`, {
    hint: near === undefined ? list(known) : `Did you mean ${near}?`,
  });
}

function incomplete(file: string, context: string, what: string): OutgrowError {
  return new OutgrowError(
    "config",
    `The context ${context} of ${file} names the ${what}, which the file does not describe.`,
    {
      hint: "Repair the file with kubectl config set-context.",
    },
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "It has none." : `It has: ${names.join(", ")}.`;
}
