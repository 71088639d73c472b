import type { HostFile, K3sSetting } from "../../../model/hostFacts.ts";
import type { UnitWord } from "./unit.ts";

/** The settings k3s takes from its environment when nothing else says them. https://docs.k3s.io/reference/env-variables */
const KEYS: Readonly<Record<string, string>> = {
  K3S_AGENT_TOKEN: "agent-token",
  K3S_AGENT_TOKEN_FILE: "agent-token-file",
  K3S_CLUSTER_INIT: "cluster-init",
  K3S_CONFIG_FILE: "config",
  K3S_DATA_DIR: "data-dir",
  K3S_DATASTORE_CAFILE: "datastore-cafile",
  K3S_DATASTORE_CERTFILE: "datastore-certfile",
  K3S_DATASTORE_ENDPOINT: "datastore-endpoint",
  K3S_DATASTORE_KEYFILE: "datastore-keyfile",
  K3S_DEBUG: "debug",
  K3S_KUBECONFIG_GROUP: "write-kubeconfig-group",
  K3S_KUBECONFIG_MODE: "write-kubeconfig-mode",
  K3S_KUBECONFIG_OUTPUT: "write-kubeconfig",
  K3S_LB_SERVER_PORT: "lb-server-port",
  K3S_NODE_NAME: "node-name",
  K3S_RESOLV_CONF: "resolv-conf",
  K3S_SELINUX: "selinux",
  K3S_TOKEN: "token",
  K3S_TOKEN_FILE: "token-file",
  K3S_URL: "server",
  K3S_VPN_AUTH: "vpn-auth",
  K3S_VPN_AUTH_FILE: "vpn-auth-file",
};

/** The unit's own `Environment=` and, over it, its environment files in their order. */
export function environmentSettings(
  unit: readonly UnitWord[],
  files: readonly HostFile[],
): readonly K3sSetting[] {
  const own = unit.flatMap(({ word, from }) => settingIn(word, from));
  const read = files.flatMap(({ path, text }) =>
    (text ?? "").split("\n").flatMap((line, index) => settingIn(line, { file: path, line: index + 1 })),
  );
  return [...new Map([...own, ...read].map((setting) => [setting.key, setting])).values()];
}

function settingIn(text: string, from: K3sSetting["from"]): readonly K3sSetting[] {
  const [, name = "", quoted = ""] = /^\s*([A-Z0-9_]+)=(.*)$/.exec(text) ?? [];
  const key = KEYS[name];
  const value = quoted.trim().replace(/^(["'])(.*)\1$/, "$2");
  return key === undefined ? [] : [{ key, values: [value], from }];
}
