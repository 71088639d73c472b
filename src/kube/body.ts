import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { OutgrowError } from "../model/error.ts";

/** The whole answer, counted after unpacking: neither an endless one nor a packed one fills the memory. */
export async function readBody(
  response: IncomingMessage,
  limitBytes: number,
  where: string,
): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  const collect = async (body: AsyncIterable<Buffer>) => {
    for await (const part of body) {
      size += part.length;
      if (size > limitBytes) throw tooLarge(where, limitBytes);
      parts.push(part);
    }
  };
  if (response.headers["content-encoding"] === "gzip") await pipeline(response, createGunzip(), collect);
  else await pipeline(response, collect);
  return Buffer.concat(parts).toString();
}

/** JSON where it is said to be JSON. */
export function parseBody(text: string, contentType: string | undefined, where: string): unknown {
  if (!(contentType ?? "").includes("json")) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new OutgrowError("bad-answer", `${where} answers with broken JSON.`, {
      hint: "A proxy in between may have cut it, or something else answers in the API's place.",
      cause,
    });
  }
}

function tooLarge(where: string, limitBytes: number): OutgrowError {
  return new OutgrowError("too-large", `${where} answers with more than ${limitBytes / (1024 * 1024)} MiB.`, {
    hint: "No such answer is needed: see which objects there are so large, with kubectl get -A.",
  });
}
