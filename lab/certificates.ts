import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key and its certificate, as PEM texts. */
export interface Certified {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority in a temporary folder; `openssl` does the work. */
export interface Authority extends Disposable {
  readonly certFile: string;
  /**
   * `subject` as in `IP:127.0.0.1` or `DNS:prometheus.example`; valid from now for `days`, which may be negative.
   * `name` as in `/O=system:masters/CN=admin`: whom a client certificate stands for.
   */
  issue(subject: string, days?: number, name?: string): Certified;
}

/** Makes one; it and all it issued are removed by `using`. */
export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "outgrow-ca-"));
  const certFile = join(folder, "ca.pem");
  const keyFile = join(folder, "ca.key");
  openssl("req", "-x509", ...newKey(keyFile), "-subj", "/CN=outgrow lab", "-days", "2", "-out", certFile);
  return {
    certFile,
    issue: (subject, days = 1, name = "/CN=outgrow lab host") =>
      issue(folder, { certFile, keyFile }, { subject, days, name }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A certificate that vouches for itself. */
export function selfSigned(subject: string): Certified {
  const folder = mkdtempSync(join(tmpdir(), "outgrow-cert-"));
  try {
    const [key, cert] = [join(folder, "key"), join(folder, "cert")];
    const names = ["-subj", "/CN=outgrow lab", "-addext", `subjectAltName=${subject}`];
    openssl("req", "-x509", ...newKey(key), ...names, "-days", "1", "-out", cert);
    return read(key, cert);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function issue(
  folder: string,
  authority: { readonly certFile: string; readonly keyFile: string },
  { subject, days, name }: { readonly subject: string; readonly days: number; readonly name: string },
): Certified {
  const key = join(folder, "host.key");
  const request = join(folder, "host.csr");
  const extensions = join(folder, "host.ext");
  const cert = join(folder, "host.pem");
  openssl("req", ...newKey(key), "-subj", name, "-out", request);
  writeFileSync(extensions, `subjectAltName=${subject}\n`);
  const signer = ["-CA", authority.certFile, "-CAkey", authority.keyFile, "-CAcreateserial"];
  openssl(
    "x509",
    "-req",
    "-in",
    request,
    ...signer,
    "-days",
    String(days),
    "-extfile",
    extensions,
    "-out",
    cert,
  );
  return read(key, cert);
}

function newKey(file: string): readonly string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file];
}

function read(keyFile: string, certFile: string): Certified {
  return { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
