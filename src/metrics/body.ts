import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { OutgrowError } from "../model/error.ts";

/** Counts after unpacking, so that neither an endless answer nor a packed one can fill the memory. */
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

function tooLarge(where: string, limitBytes: number): OutgrowError {
  const limit = limitBytes / (1024 * 1024);
  return new OutgrowError("too-large", `${where} answers one question with more than ${limit} MiB.`, {
    hint: "The query gives far more series than one signal needs: wrap it in sum() or max(), or narrow it with match.",
  });
}
