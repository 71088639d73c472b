import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { OutgrowError } from "../model/error.ts";

/** Reads the PEM file of a private certificate authority, and sees that it is one. */
export function readAuthority(file: string): string {
  const pem = readText(file);
  if (isCertificate(pem)) return pem;
  throw new OutgrowError("file", "The certificate authority of metrics.prometheus holds no certificate.", {
    hint: "metrics.prometheus.caFile must name a PEM file: it holds -----BEGIN CERTIFICATE-----.",
    at: { file },
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new OutgrowError("file", "The certificate authority of metrics.prometheus cannot be read.", {
      hint: "metrics.prometheus.caFile must name a PEM file this user may read.",
      at: { file },
      cause: error,
    });
  }
}

/** `tls` takes any text for `ca` and then trusts nobody, without a word. */
function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
