import { Buffer } from "node:buffer";
import type { KubeApi, KubeRequest } from "../kube/api.ts";
import { ask, find, refusal } from "../kube/ask.ts";
import { OutgrowError } from "../model/error.ts";
import type { Journal } from "../model/journal.ts";
import { packJournal, unpackJournal } from "../store/journalText.ts";
import { NAMESPACE } from "./lease.ts";

/** The journal's copy in the cluster: a lost laptop loses nothing. */
export interface Mirror {
  /** What is there; `null`: nothing yet. */
  read(): Promise<Journal | null>;
  /** Replaces it by a journal that goes on from it. Throws `locked` when another run has written meanwhile. */
  write(journal: Journal): Promise<void>;
}

const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
export const MIRROR = "outgrow-journal";

/** A Secret holds at most 1 MiB, its base64 and the rest of it counted. https://kubernetes.io/docs/concepts/configuration/secret/ */
const PART_LENGTH = 500_000;

/** What the first Secret says of the whole; it is written last, so that it never speaks of parts that are not there. */
interface Head {
  /** The last entry's; empty while there is none. */
  readonly hash: string;
  /** The Secrets of the parts after the first. */
  readonly others: readonly string[];
}

interface Seen {
  readonly resourceVersion: string;
  readonly head: Head;
}

/** `read` comes first: what is written later must go on from what was read. */
export function openMirror(kube: KubeApi, partLength = PART_LENGTH): Mirror {
  let seen: Seen | null = null;
  return {
    read: async () => {
      const object = await find<SecretObject>(kube, `${SECRETS}/${MIRROR}`);
      seen = object === null ? null : seenOf(object);
      return object === null ? null : await unpack(kube, object);
    },
    write: async (journal) => {
      const [first = "", ...rest] = packJournal(journal, partLength);
      const hash = hashOf(journal);
      const others = rest.map((_, index) => `${MIRROR}-${hash.slice(0, HASH_LENGTH)}-${index + 1}`);
      for (const [index, name] of others.entries()) await putPart(kube, name, rest[index] ?? "");
      const before = seen;
      seen = await writeHead(kube, before, { hash, others }, first);
      await sweep(kube, before?.head.others.filter((name) => !others.includes(name)) ?? []);
    },
  };
}

const HASH_LENGTH = 12;

function hashOf({ entries }: Journal): string {
  return entries.at(-1)?.hash ?? "";
}

interface SecretObject {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

function seenOf({ metadata, data = {} }: SecretObject): Seen {
  return { resourceVersion: metadata.resourceVersion, head: readHead(data.head) };
}

function readHead(data: string | undefined): Head {
  try {
    return JSON.parse(decoded(data)) as Head;
  } catch (cause) {
    throw new OutgrowError("journal", `The Secret ${NAMESPACE}/${MIRROR} is not what outgrow writes.`, {
      hint: `Go on from the folder that holds the journal's file, after: kubectl -n ${NAMESPACE} delete secret ${MIRROR}`,
      cause,
    });
  }
}

async function unpack(kube: KubeApi, object: SecretObject): Promise<Journal> {
  const { head } = seenOf(object);
  const others = await Promise.all(
    head.others.map((name) => ask<SecretObject>(kube, { method: "GET", path: `${SECRETS}/${name}` })),
  );
  const parts = [object, ...others].map(({ data = {} }) => decoded(data.journal));
  return unpackJournal(parts, `The Secret ${NAMESPACE}/${MIRROR}`);
}

function decoded(data: string | undefined): string {
  return Buffer.from(data ?? "", "base64").toString();
}

async function writeHead(kube: KubeApi, before: Seen | null, head: Head, first: string): Promise<Seen> {
  const request: KubeRequest = {
    method: before === null ? "POST" : "PUT",
    path: before === null ? SECRETS : `${SECRETS}/${MIRROR}`,
    body: secretOf(MIRROR, { head: JSON.stringify(head), journal: first }, before?.resourceVersion),
  };
  const { status, body } = await kube.request(request);
  if (status < 300) return { resourceVersion: (body as SecretObject).metadata.resourceVersion, head };
  if (status !== 409 && status !== 404) throw refusal(request, status, body);
  return await afterConflict(kube, head);
}

/** Our own writing, whose answer was lost, is no conflict. */
async function afterConflict(kube: KubeApi, head: Head): Promise<Seen> {
  const object = await find<SecretObject>(kube, `${SECRETS}/${MIRROR}`);
  if (object !== null && seenOf(object).head.hash === head.hash) return seenOf(object);
  throw new OutgrowError("locked", `Another run has written to ${NAMESPACE}/${MIRROR} meanwhile.`, {
    hint: "Let it end, then run apply again.",
  });
}

/** Named after what it holds: one that is there already is the same. */
async function putPart(kube: KubeApi, name: string, part: string): Promise<void> {
  const request: KubeRequest = { method: "POST", path: SECRETS, body: secretOf(name, { journal: part }) };
  const { status, body } = await kube.request(request);
  if (status >= 300 && status !== 409) throw refusal(request, status, body);
}

async function sweep(kube: KubeApi, names: readonly string[]): Promise<void> {
  for (const name of names) await kube.request({ method: "DELETE", path: `${SECRETS}/${name}` });
}

function secretOf(name: string, texts: Readonly<Record<string, string>>, resourceVersion?: string): unknown {
  const data = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: { "app.kubernetes.io/managed-by": "outgrow" },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type: "Opaque",
    data: Object.fromEntries(data),
  };
}
