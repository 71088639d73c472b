import type { MinuteOfDay, UsageHours } from "../../model/usageHours.ts";
import type { GuessedHost, Guesses, Named } from "./guesses.ts";

/** Names from outside the facts. */
export interface DraftNames {
  readonly clusterName: string;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  /** The zone of whoever asks: where nobody knows better. */
  readonly timeZone: string;
}

/** The text of a configuration; whatever is only a placeholder is marked NOT KNOWN. */
export function draftText(guesses: Guesses, names: DraftNames): string {
  return [
    HEAD,
    clusterLine(names),
    metricsSection(guesses.metricsUrl),
    hoursSection(guesses.usageHours, names.timeZone),
    TRIGGER,
    workloadsSection(guesses),
    storesSection(guesses),
    hostsSection(guesses.hosts, names.clusterName),
    targetSection(guesses, names.clusterName),
    cloudSection(guesses),
    repositorySection(guesses.repository),
  ]
    .filter((section) => section !== "")
    .join("\n\n")
    .concat("\n");
}

const NOT_KNOWN = "# NOT KNOWN:";

const HEAD = `# Written by outgrow init from what it saw. Read every line: what it could not see is marked NOT KNOWN.
# The reference, with every key and every default: examples/glaze/outgrow.yaml.
version: 1`;

const TRIGGER = `# Act when two different signals have been above Act for 30 minutes, in usage hours.
trigger: { atLeast: 2, sustained: 30m, interval: 1m }`;

function clusterLine({ clusterName, kubeconfig, context }: DraftNames): string {
  const entries = [
    `name: ${quoted(clusterName)}`,
    ...(kubeconfig === null ? [] : [`kubeconfig: ${quoted(kubeconfig)}`]),
    ...(context === null ? [] : [`context: ${quoted(context)}`]),
  ];
  return `cluster: { ${entries.join(", ")} }`;
}

function metricsSection(url: string | null): string {
  const isCloud = url?.includes("grafana.net") === true;
  const credentials = [
    `    ${isCloud ? "" : "# "}username: "123456" ${NOT_KNOWN} Grafana Cloud's is the number of the metrics instance`,
    `    ${isCloud ? "" : "# "}password: { env: GRAFANA_CLOUD_TOKEN } # secrets are never written here, only where they are`,
  ];
  return [
    "metrics:",
    "  prometheus:",
    url === null
      ? `    url: https://prometheus.example ${NOT_KNOWN} any Prometheus-compatible API`
      : `    url: ${quoted(url)}`,
    ...credentials,
  ].join("\n");
}

function hoursSection(hours: UsageHours | null, timeZone: string): string {
  if (hours === null) {
    return `${NOT_KNOWN} there was no history of traffic to guess from. Without usageHours every hour counts.
# usageHours: { timeZone: ${timeZone}, days: [mon, tue, wed, thu, fri, sat, sun], from: "08:00", to: "23:00" }`;
  }
  const { days, from, to } = hours;
  return `# Guessed from the traffic there was.
usageHours: { timeZone: ${hours.timeZone}, days: [${days.join(", ")}], from: "${clock(from)}", to: "${clock(to)}" }`;
}

function workloadsSection({ web, worker }: Guesses): string {
  return [
    "workloads:",
    web === null
      ? `  # web: { deployment: default/web } ${NOT_KNOWN} no Ingress leads to a Deployment`
      : `  web: { deployment: ${ref(web)} }`,
    worker === null
      ? `  # worker: { deployment: default/worker } ${NOT_KNOWN} no Deployment runs celery worker`
      : `  worker: { deployment: ${ref(worker)} }`,
  ].join("\n");
}

function storesSection({ postgres, redis }: Guesses): string {
  return [
    postgres === null
      ? `# postgres: { service: default/postgres, database: app } ${NOT_KNOWN} no Service on 5432 has pods`
      : `postgres: { service: ${ref(postgres.service)}${postgres.database === null ? "" : `, database: ${quoted(postgres.database)}`} }`,
    redis === null
      ? `# redis: { service: default/redis, limit: 1GiB } ${NOT_KNOWN} no Service on 6379 has pods`
      : `redis: { service: ${ref(redis.service)}${redis.limitBytes === null ? "" : `, limit: ${redis.limitBytes}B`} }`,
  ].join("\n");
}

function hostsSection(hosts: readonly GuessedHost[], clusterName: string): string {
  if (hosts.length === 0) {
    return `${NOT_KNOWN} no Node was seen.
# hosts:
#   ${clusterName}-1: { role: server, ssh: root@${clusterName}-1, privateAddress: 10.116.0.2 }`;
  }
  const lines = hosts.map(({ name, role, privateAddress, size }) => {
    const address = privateAddress === null ? "" : `, privateAddress: ${privateAddress}`;
    const remark =
      privateAddress === null ? ` ${NOT_KNOWN} privateAddress, its address on the private network` : "";
    return `  ${quoted(name)}: { role: ${role}, ssh: ${quoted(`root@${name}`)}${address}${size === null ? "" : `, size: ${size}`} }${remark}`;
  });
  return ["# How ssh reaches them is a guess: as root, by the node's name.", "hosts:", ...lines].join("\n");
}

function targetSection({ hosts, postgres, redis }: Guesses, clusterName: string): string {
  if (hosts.length !== 1) return "";
  const size = hosts[0]?.size ?? "s-2vcpu-2gb";
  return [
    "# What to become: a second host, and the data outside. Nothing is done before outgrow apply.",
    "target:",
    `  hosts: { ${quoted(`${clusterName}-worker-1`)}: { role: agent, size: ${size} } }`,
    ...(postgres === null ? [] : ["  postgres: { managed: { size: db-s-1vcpu-1gb } } # or: stay"]),
    ...(redis === null ? [] : ["  redis: { managed: { size: db-s-1vcpu-1gb } } # or: stay"]),
  ].join("\n");
}

function cloudSection({ region, infisical }: Guesses): string {
  const lines = [
    region === null
      ? `# cloud: { digitalocean: { region: nyc3, token: { env: DIGITALOCEAN_TOKEN } } } ${NOT_KNOWN} the provider was not asked`
      : `cloud: { digitalocean: { region: ${region}, token: { env: DIGITALOCEAN_TOKEN } } }`,
  ];
  if (infisical !== null) {
    lines.push(
      "secrets:",
      "  infisical:",
      `    project: ${quoted(infisical.project ?? "app")}${infisical.project === null ? ` ${NOT_KNOWN}` : ""}`,
      `    environment: ${quoted(infisical.environment ?? "prod")}${infisical.environment === null ? ` ${NOT_KNOWN}` : ""}`,
      "    clientId: { env: INFISICAL_CLIENT_ID }",
      "    clientSecret: { env: INFISICAL_CLIENT_SECRET }",
    );
  }
  return lines.join("\n");
}

function repositorySection(repository: Guesses["repository"]): string {
  if (repository === null) return "";
  const entries = Object.entries(repository).flatMap(([key, value]) =>
    value === null ? [] : [`${key}: ${quoted(value)}`],
  );
  return `repository: { ${["path: .", ...entries].join(", ")} }`;
}

function ref({ namespace, name }: Named): string {
  return `${namespace}/${name}`;
}

/** Plain where YAML cannot mistake it for something else. */
function quoted(text: string): string {
  return /^[A-Za-z~./][\w~./@-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|~)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

function clock(minute: MinuteOfDay): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
