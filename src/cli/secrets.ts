import { readFileSync } from "node:fs";
import { OutgrowError } from "../model/error.ts";
import { Secret, type SecretRef } from "../model/secret.ts";
import type { Io } from "./io.ts";

/** Fetches a secret from where the configuration says it is kept. `key` names it in errors. */
export function resolveSecret(ref: SecretRef, key: string, io: Io): Secret {
  return new Secret("env" in ref ? fromEnvironment(ref.env, key, io) : fromFile(ref.file, key));
}

function fromEnvironment(name: string, key: string, io: Io): string {
  const value = io.env[name];
  if (value !== undefined && value !== "") return value;
  throw new OutgrowError("config", `${key}: the environment variable ${name} is not set.`, {
    hint: `Run export ${name}=… before outgrow.`,
  });
}

/** One trailing newline belongs to the editor, not to the secret. */
function fromFile(file: string, key: string): string {
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw new OutgrowError("config", `${key}: the file ${file} cannot be read.`, { cause });
  }
}
