import type { SecretRef } from "../model/secret.ts";
import type { Config, InfisicalSettings, RepositorySettings } from "./config.ts";
import type { Cursor } from "./cursor.ts";
import { isMapping, readSecret, readText, required } from "./readers.ts";

export function readCloud(cursor: Cursor): Config["cloud"] {
  if (cursor.node !== null && "value" in cursor.node && cursor.node.value === "static") return "static";
  const digitalocean = cursor.get("digitalocean");
  if (!isMapping(cursor, ["digitalocean"])) return null;
  if (digitalocean.node === null)
    cursor.problem("cloud names no cloud.", "Write static, or digitalocean: { region, token }.");
  if (!isMapping(digitalocean, ["region", "token"])) return null;
  return {
    digitalocean: {
      region: required(digitalocean.get("region"), readText, "region: nyc3") ?? "",
      token: requiredSecret(digitalocean.get("token"), "DIGITALOCEAN_TOKEN"),
    },
  };
}

export function readSecrets(cursor: Cursor): Config["secrets"] {
  const infisical = cursor.get("infisical");
  const keys = ["project", "environment", "clientId", "clientSecret"];
  if (!isMapping(cursor, ["infisical"])) return null;
  if (infisical.node === null)
    cursor.problem("secrets names no manager.", "Write infisical: { … }, or leave secrets out.");
  if (!isMapping(infisical, keys)) return null;
  return { infisical: readInfisical(infisical) };
}

function readInfisical(cursor: Cursor): InfisicalSettings {
  return {
    project: required(cursor.get("project"), readText, "project: glaze") ?? "",
    environment: required(cursor.get("environment"), readText, "environment: prod") ?? "",
    clientId: requiredSecret(cursor.get("clientId"), "INFISICAL_CLIENT_ID"),
    clientSecret: requiredSecret(cursor.get("clientSecret"), "INFISICAL_CLIENT_SECRET"),
  };
}

function requiredSecret(cursor: Cursor, name: string): SecretRef {
  const key = cursor.path.split(".").at(-1);
  return required(cursor, readSecret, `${key}: { env: ${name} }`) ?? { env: name };
}

export function readRepository(cursor: Cursor): RepositorySettings | null {
  if (!isMapping(cursor, ["path", "chart", "workflow", "k3sConfig"])) return null;
  return {
    path: readText(cursor.get("path")) ?? ".",
    chart: readText(cursor.get("chart")) ?? null,
    workflow: readText(cursor.get("workflow")) ?? null,
    k3sConfig: readText(cursor.get("k3sConfig")) ?? null,
  };
}
