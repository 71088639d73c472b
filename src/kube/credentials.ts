import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { OutgrowError } from "../model/error.ts";
import { beside, type Kubeconfig } from "./kubeconfig.ts";

/** What a connection shows of itself, and whom it believes. */
export interface Credentials {
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  readonly headers: Readonly<Record<string, string>>;
}

/** Asked before each request: tokens in files and of plugins change. */
export type CredentialSource = () => Promise<Credentials>;

/** Throws for what cannot work: a file that is missing, a client certificate that has expired. */
export function credentialSource(config: Kubeconfig): CredentialSource {
  const { cluster, user } = config;
  if (cluster["proxy-url"] !== undefined) {
    throw new OutgrowError(
      "config",
      `The context ${config.context} goes through a proxy (proxy-url), which outgrow cannot.`,
      {
        hint: "Run outgrow where the cluster can be reached directly, or over an SSH tunnel.",
      },
    );
  }
  const tls = { ...serverTls(config), ...clientTls(config) };
  if (user.exec !== undefined || user["auth-provider"] !== undefined) return pluginSource(config, tls);
  return async () => ({ tls, headers: plainHeaders(config) });
}

function serverTls(config: Kubeconfig): Credentials["tls"] {
  const { cluster } = config;
  const ca = pemOf(config, cluster["certificate-authority-data"], cluster["certificate-authority"]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cluster["tls-server-name"] === undefined ? {} : { servername: cluster["tls-server-name"] }),
    ...(cluster["insecure-skip-tls-verify"] === true ? { rejectUnauthorized: false } : {}),
  };
}

function clientTls(config: Kubeconfig): Credentials["tls"] {
  const { user } = config;
  const cert = pemOf(config, user["client-certificate-data"], user["client-certificate"]);
  const key = pemOf(config, user["client-key-data"], user["client-key"]);
  if (cert === undefined || key === undefined) return {};
  refuseExpired(cert, config);
  return { cert, key };
}

function pemOf(config: Kubeconfig, data: string | undefined, path: string | undefined): string | undefined {
  if (data !== undefined) return Buffer.from(data, "base64").toString();
  return path === undefined ? undefined : readBeside(config, path);
}

function readBeside(config: Kubeconfig, path: string): string {
  const file = beside(config, path);
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new OutgrowError("file", `The kubeconfig ${config.file} names ${file}, which cannot be read.`, {
      at: { file },
      cause,
    });
  }
}

function refuseExpired(pem: string, { file, userName }: Kubeconfig): void {
  const validTo = expiryOf(pem, file, userName);
  if (validTo.getTime() > Date.now()) return;
  const day = validTo.toISOString().slice(0, 10);
  throw new OutgrowError(
    "unauthorized",
    `The client certificate of user ${userName} in ${file} expired on ${day}.`,
    {
      hint: "k3s renews its own when it starts: copy /etc/rancher/k3s/k3s.yaml from the server again, after a restart if it is as old.",
    },
  );
}

function expiryOf(pem: string, file: string, userName: string): Date {
  try {
    return new Date(new X509Certificate(pem).validTo);
  } catch (cause) {
    throw new OutgrowError(
      "config",
      `The client certificate of user ${userName} in ${file} is no certificate.`,
      {
        at: { file },
        cause,
      },
    );
  }
}

function plainHeaders(config: Kubeconfig): Credentials["headers"] {
  const { token, tokenFile, username, password = "" } = config.user;
  const bearer = tokenFile === undefined ? token : readBeside(config, tokenFile).trim();
  if (bearer !== undefined) return { Authorization: `Bearer ${bearer}` };
  if (username === undefined) return {};
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

/** Plugins are the client library's business. It takes a second to load, and is loaded for them only. */
function pluginSource(config: Kubeconfig, tls: Credentials["tls"]): CredentialSource {
  const library = import("@kubernetes/client-node").then(({ KubeConfig }) => {
    const kube = new KubeConfig();
    kube.loadFromString(config.text);
    kube.makePathsAbsolute(dirname(config.file));
    kube.setCurrentContext(config.context);
    return kube;
  });
  return async () => {
    const options: Credentials["tls"] & { readonly headers?: Credentials["headers"] } = {};
    try {
      await (await library).applyToHTTPSOptions(options);
    } catch (cause) {
      throw pluginFailed(config, cause);
    }
    const { cert, key, headers = {} } = options;
    return { tls: { ...tls, ...(cert && key ? { cert, key } : {}) }, headers };
  };
}

function pluginFailed({ userName, file }: Kubeconfig, cause: unknown): OutgrowError {
  const said = cause instanceof Error ? (cause.message.trim().split("\n", 1)[0] ?? "") : "";
  return new OutgrowError(
    "unauthorized",
    `The credential plugin of user ${userName} in ${file} failed${said === "" ? "" : `: ${said.replace(/\.$/, "")}`}.`,
    { hint: "Run kubectl get nodes with the same context: it asks the same plugin.", cause },
  );
}
