import type { HostSession } from "../../hosts/session.ts";
import { ask } from "../../kube/ask.ts";
import { OutgrowError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import { removeObject } from "../k3s/node.ts";
import type { World } from "../world.ts";
import { K3S } from "./agentFiles.ts";

/** A token for one join: it lives an hour and lets a node in, no administrator. https://docs.k3s.io/cli/token */
export async function createToken(server: HostSession, attempt: string): Promise<Secret> {
  const { code, stdout, stderr } = await server.run({
    words: [K3S, "token", "create", "--ttl", "1h", "--description", descriptionOf(attempt)],
    effect: "changes",
  });
  if (code !== 0) {
    const said = stderr.trim().split("\n").at(-1) ?? "";
    throw new OutgrowError("command", `k3s on ${server.name} makes no token to join with: ${said}`, {
      hint: `It must run there: systemctl status k3s on ${server.name}, then outgrow apply again.`,
    });
  }
  const token = stdout.trim().split("\n").at(-1) ?? "";
  // The whole form names the cluster's authority: without it the agent would believe whoever answers.
  if (/^K10[0-9a-f]{64}::\S+$/.test(token)) return new Secret(token);
  throw new OutgrowError(
    "bad-answer",
    `${server.name}: \`k3s token create\` gave no token of the whole form.`,
  );
}

interface SecretList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly data?: Readonly<Record<string, string>>;
  }[];
}

const SECRETS = "/api/v1/namespaces/kube-system/secrets";

/** Every token this attempt has made, however often it was begun: known by its description. */
export async function tokensOf({ kube }: World, attempt: string): Promise<readonly string[]> {
  const { items } = await ask<SecretList>(kube, {
    method: "GET",
    path: `${SECRETS}?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken`,
  });
  return items
    .filter(({ data }) => textOf(data?.description) === descriptionOf(attempt))
    .map(({ metadata }) => metadata.name);
}

export async function revokeTokens(world: World, attempt: string): Promise<void> {
  for (const name of await tokensOf(world, attempt)) await removeObject(world, `${SECRETS}/${name}`);
}

function textOf(base64: string | undefined): string {
  return Buffer.from(base64 ?? "", "base64").toString();
}

function descriptionOf(attempt: string): string {
  return `outgrow ${attempt}`;
}
