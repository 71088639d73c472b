import { kubeMisfit } from "../model/kubeShape.ts";
import { type Misfit, misfitOf, type Shape } from "../model/shape.ts";

/** Where a facts file is not what `outgrow facts` writes: it may have been edited, or cut. */
export function factsMisfit(facts: unknown): Misfit | null {
  return (
    misfitOf(facts, FACTS) ??
    misfitOf(facts, { fields: { postgres: POSTGRES } }) ??
    misfitOf(facts, { fields: { postgres: LATER_POSTGRES } }) ??
    objectsMisfit(facts as Checked)
  );
}

interface Checked {
  readonly cluster: Objects | null;
  readonly repository: Objects | null;
}

interface Objects {
  readonly objects: readonly { readonly kind: string }[];
}

function objectsMisfit({ cluster, repository }: Checked): Misfit | null {
  for (const [part, value] of [["cluster", cluster] as const, ["repository", repository] as const]) {
    for (const [index, object] of (value?.objects ?? []).entries()) {
      const misfit = kubeMisfit(object);
      if (misfit !== null) return { ...misfit, path: [part, "objects", index, ...misfit.path] };
    }
  }
  return null;
}

const OBJECTS: Shape = {
  list: { whole: { apiVersion: "text", kind: "text", metadata: { whole: { name: "text" } } } },
};

const K3S: Shape = {
  whole: {
    role: "text",
    settings: {
      list: { whole: { key: "text", values: { list: "text" }, from: { whole: { file: "text" } } } },
    },
  },
};

const HOST: Shape = {
  whole: {
    hostname: "text",
    k3s: { orNull: K3S },
    os: { orNull: { whole: { id: "text", versionId: "text", name: "text", kernel: "text" } } },
    memory: { orNull: { whole: { totalBytes: "number", swapBytes: "number" } } },
    sockets: { list: { whole: { protocol: "text", address: "text", port: "number" } } },
    addresses: { list: { whole: { interface: "text", address: "text", prefixLength: "number" } } },
    routes: { list: { whole: { destination: "text", table: "text" } } },
    nftables: { orNull: "object" },
    iptables: { orNull: { whole: { version: "text", backend: "text" } } },
    tailscale: { orNull: "object" },
    time: { orNull: "object" },
    disks: { list: { whole: { mount: "text", sizeBytes: "number", usedBytes: "number" } } },
    sysctl: { map: "text" },
    modules: { list: { whole: { name: "text", isAvailable: "boolean" } } },
    files: { list: { whole: { path: "text", text: { orNull: "text" } } } },
  },
};

const CLOUD: Shape = {
  whole: {
    droplets: { list: { whole: { id: "number", name: "text", region: "text", tags: { list: "text" } } } },
    vpcs: { list: { whole: { id: "text", range: "text" } } },
    firewalls: {
      list: {
        whole: {
          id: "text",
          name: "text",
          dropletIds: "list",
          tags: { list: "text" },
          inbound: {
            list: {
              whole: {
                protocol: "text",
                ports: "text",
                sources: { whole: { addresses: { list: "text" }, dropletIds: "list", tags: "list" } },
              },
            },
          },
        },
      },
    },
    sizes: { list: { whole: { slug: "text" } } },
  },
};

const NAMES: Shape = { list: "text" };

const EXTENSIONS: Shape = { list: { whole: { name: "text", version: "text" } } };

const POSTGRES: Shape = {
  whole: {
    source: {
      whole: {
        version: "number",
        database: "text",
        isSuperuser: "boolean",
        walLevel: "text",
        freeSlots: "number",
        freeSenders: "number",
        slotKeepBytes: { orNull: "number" },
        bytes: "number",
        extensions: EXTENSIONS,
        tablesWithoutIdentity: NAMES,
        tablesWithoutEquality: NAMES,
        keylessTables: { list: { whole: { name: "text", bytes: "number" } } },
        unloggedTables: NAMES,
        foreignTables: NAMES,
        forcedRowSecurity: NAMES,
        alwaysTriggers: NAMES,
        eventTriggers: NAMES,
        largeObjects: "number",
        preparedTransactions: NAMES,
        oldestTransactionMs: "number",
        md5Roles: NAMES,
        otherDatabases: NAMES,
        clock: "text",
      },
    },
    target: {
      whole: {
        version: "number",
        user: "text",
        walLevel: "text",
        freeSlots: "number",
        connections: "number",
        takenConnections: "number",
        extensions: EXTENSIONS,
        namesake: "text",
        clock: "text",
      },
    },
  },
};

/** What older versions did not ask. */
const LATER_POSTGRES: Shape = {
  fields: {
    source: {
      fields: {
        roles: {
          list: {
            whole: {
              name: "text",
              mayLogIn: "boolean",
              isSuperuser: "boolean",
              memberOf: NAMES,
              owned: "number",
              firstOwned: { orNull: "text" },
              rights: "number",
              sessions: "number",
            },
          },
        },
        extensionRows: {
          list: { whole: { extension: "text", table: "text", condition: "text", rows: "number" } },
        },
        subscriptions: { list: { whole: { name: "text", slot: { orNull: "text" } } } },
        publications: NAMES,
        slots: NAMES,
        loginSettings: {
          list: { whole: { role: { orNull: "text" }, isOfDatabase: "boolean", name: "text" } },
        },
        rowSecurity: NAMES,
        tables: "number",
        lockRoom: "number",
      },
    },
    target: {
      fields: {
        roles: { list: { whole: { name: "text", isProviders: "boolean" } } },
        slotKeepBytes: "number",
        lockRoom: "number",
        locale: { whole: { isThere: "boolean", version: { orNull: "text" } } },
        refusedSettings: NAMES,
        refusedGroups: NAMES,
      },
    },
  },
};

const FACTS: Shape = {
  whole: {
    readAt: "text",
    cluster: { orNull: { whole: { version: { orNull: "text" }, objects: OBJECTS } } },
    hosts: { map: HOST },
    repository: {
      orNull: { whole: { files: { list: { whole: { path: "text", text: "text" } } }, objects: OBJECTS } },
    },
    cloud: { orNull: CLOUD },
    signals: { orNull: { list: { whole: { id: "text" } } } },
    gaps: { list: { whole: { area: "text", subject: "text", reason: "text", message: "text" } } },
  },
};
