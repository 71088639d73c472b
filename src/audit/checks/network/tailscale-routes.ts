import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type HostView, viewHosts } from "../../view/hosts.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { clusterRanges } from "../../view/ports.ts";
import { networkText, overlap } from "../../view/ranges.ts";

export const tailscaleRoutes: AuditCheck = {
  id: "network/tailscale-routes",
  severity: "warns",
  title: "Tailscale takes a route that belongs to the cluster",
  reason:
    "A host that accepts routes puts them into table 52, which is asked before the main one: a subnet router that offers the pod, " +
    "Service or private range sends the cluster's own packets into tailscale0. Pods of the other host, or the other host itself, are gone.",
  sources: [
    "https://github.com/tailscale/tailscale/issues/20620",
    "https://github.com/tailscale/tailscale/issues/14706",
  ],
  find,
};

interface Range {
  readonly range: string;
  readonly what: string;
}

function find(context: AuditContext): readonly Hit[] {
  const { pods, services } = clusterRanges(context);
  const ranges = [
    { range: pods, what: "pods" },
    { range: services, what: "Services" },
  ];
  return [
    ...viewHosts(context).flatMap((host) => routesOf(host, [...ranges, ...privateRange(host)])),
    ...connectors(context, [...ranges, ...viewHosts(context).flatMap(privateRange)]),
  ];
}

function privateRange({ privateAddress }: HostView): readonly Range[] {
  return privateAddress === null
    ? []
    : [
        {
          range: networkText(`${privateAddress.address}/${privateAddress.prefixLength}`),
          what: "the private network",
        },
      ];
}

/** Routes that are in force on a host. */
function routesOf({ name, facts }: HostView, ranges: readonly Range[]): readonly Hit[] {
  const taken = facts.routes.filter((route) => route.interface?.startsWith("tailscale") === true);
  return taken.flatMap(({ destination, table }) => {
    const hit = ranges.find(({ range }) => destination !== "default" && overlap(destination, range));
    if (hit === undefined) return [];
    return [
      {
        subject: `host ${name}`,
        evidence: `route ${destination} through tailscale0 (table ${table}) covers ${hit.what} (${hit.range})`,
        fix: `Withdraw ${destination} where it is advertised, or on ${name}: tailscale set --accept-routes=false`,
      },
    ];
  });
}

/** Routes that the Tailscale operator offers to every host that accepts them. */
function connectors({ cluster, facts }: AuditContext, ranges: readonly Range[]): readonly Hit[] {
  const hosts = Object.values(facts.hosts);
  const nobodyTakesThem = hosts.every(({ tailscale }) => tailscale?.acceptsRoutes === false);
  if (hosts.length > 0 && nobodyTakesThem) return [];
  return cluster.of("Connector").flatMap((connector) => {
    const offered = field(connector, "spec", "subnetRouter", "advertiseRoutes");
    const routes = Array.isArray(offered) ? offered.map(String) : [];
    return routes.flatMap((route) => {
      const hit = ranges.find(({ range }) => overlap(route, range));
      if (hit === undefined) return [];
      return [
        {
          subject: subjectOf(connector),
          evidence: `spec.subnetRouter.advertiseRoutes offers ${route}, which covers ${hit.what} (${hit.range})`,
          fix: `No host of the cluster may accept it (tailscale set --accept-routes=false on both), or narrow ${route} to what people need.`,
        },
      ];
    });
  });
}
