import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type ApiAccess, ask } from "./api.ts";
import { fatal } from "./fatal.ts";
import { hashOf } from "./token.ts";

const SECRETS = "/api/v1/namespaces/kube-system/secrets";
const PREFIX = "bootstrap-token-";

/** `k3s token create [--ttl 1h] [--description …]`, `list`, `delete ID`: bootstrap tokens are Secrets. */
export async function tokenCommand([verb, ...args]: readonly string[]): Promise<void> {
  const access = administrator();
  if (verb === "create") await create(access, args);
  else if (verb === "delete") await remove(access, args);
  else if (verb === "list") await list(access);
  else fatal(`No help topic for '${verb ?? ""}'`);
}

async function create(access: ApiAccess & { readonly ca: string }, args: readonly string[]): Promise<void> {
  const [id, secret] = [letters(6), letters(16)];
  const ttlMs = duration(option(args, "--ttl") ?? "24h");
  const texts = {
    "token-id": id,
    "token-secret": secret,
    "usage-bootstrap-authentication": "true",
    "auth-extra-groups": "system:bootstrappers:k3s:default-node-token",
    description: option(args, "--description") ?? "",
    ...(ttlMs === 0 ? {} : { expiration: new Date(Date.now() + ttlMs).toISOString() }),
  };
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
  const metadata = { name: `${PREFIX}${id}`, namespace: "kube-system" };
  const answer = await ask(access, "POST", SECRETS, {
    apiVersion: "v1",
    kind: "Secret",
    type: "bootstrap.kubernetes.io/token",
    metadata,
    data,
  });
  if (answer.status !== 201) fatal(`failed to create the token: ${answer.body}`);
  process.stdout.write(`K10${hashOf(access.ca)}::${id}.${secret}\n`);
}

async function remove(access: ApiAccess, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const name = `${PREFIX}${id.split(".")[0]}`;
    const { status, body } = await ask(access, "DELETE", `${SECRETS}/${name}`);
    if (status !== 200) fatal(`failed to delete bootstrap token "${id}": ${body}`);
    process.stdout.write(`bootstrap token "${id}" deleted\n`);
  }
}

async function list(access: ApiAccess): Promise<void> {
  const { body } = await ask(access, "GET", SECRETS);
  const { items } = JSON.parse(body) as { readonly items: readonly { metadata: { name: string } }[] };
  const names = items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(PREFIX));
  process.stdout.write(`TOKEN\n${names.map((name) => `${name.slice(PREFIX.length)}\n`).join("")}`);
}

/** With the kubeconfig that k3s has written on this host, as the real one. */
function administrator(): ApiAccess & { readonly ca: string } {
  const { clusters, users } = parse(readFileSync("/etc/rancher/k3s/k3s.yaml", "utf8"));
  const ca = Buffer.from(clusters[0].cluster["certificate-authority-data"], "base64").toString();
  return { address: clusters[0].cluster.server.replace("https://", ""), ca, token: users[0].user.token };
}

function option(args: readonly string[], name: string): string | undefined {
  const joined = args.find((each) => each.startsWith(`${name}=`));
  if (joined !== undefined) return joined.slice(name.length + 1);
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

/** `24h0m0s`, `10m`, `0` */
function duration(text: string): number {
  if (!/^(0|(\d+h)?(\d+m)?(\d+s)?)$/.test(text) || text === "")
    fatal(`invalid duration ${JSON.stringify(text)}`);
  const part = (unit: string) => Number(new RegExp(`(\\d+)${unit}`).exec(text)?.[1] ?? 0);
  return ((part("h") * 60 + part("m")) * 60 + part("s")) * 1_000;
}

function letters(count: number): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join("");
}
