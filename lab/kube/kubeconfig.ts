import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface KubeconfigParts {
  readonly origin: string;
  readonly ca: string;
  readonly token: string;
  readonly client: { readonly key: string; readonly cert: string };
}

/** Writes a kubeconfig with the contexts `lab` (client certificate) and `lab-token`; JSON is YAML. */
export function writeKubeconfig(folder: string, { origin, ca, token, client }: KubeconfigParts): string {
  const file = join(folder, "kubeconfig.yaml");
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "lab", cluster: { server: origin, "certificate-authority-data": base64(ca) } }],
    users: [
      {
        name: "admin",
        user: { "client-certificate-data": base64(client.cert), "client-key-data": base64(client.key) },
      },
      { name: "token", user: { token } },
    ],
    contexts: [
      { name: "lab", context: { cluster: "lab", user: "admin" } },
      { name: "lab-token", context: { cluster: "lab", user: "token" } },
    ],
    "current-context": "lab",
  };
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return file;
}
