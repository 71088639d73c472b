import type { Scope, SignalOptions } from "../model/settings.ts";
import type { Relief } from "../model/signal.ts";
import { caveats } from "./caveat.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { histogramSources } from "./histogram.ts";
import { httpServers } from "./httpServer.ts";
import { selectWith } from "./promql.ts";
import { traefikBucketFix, traefikFix, traefikPlaces } from "./traefik.ts";

/** What every percentile of the web workload's answer times shares. */
export function webLatency(
  percentile: "p95" | "p99",
  defaults: SignalDefinition["defaults"],
): SignalDefinition {
  const quantile = percentile === "p95" ? 0.95 : 0.99;
  return {
    id: `latency-${percentile}`,
    title: `${percentile} of web's answer times`,
    unit: "seconds",
    nature: { kind: "quantile", quantile },
    defaults,
    relief: RELIEF,
    sources: (scope, options) => webLatencySources(quantile, scope, options),
    unmeasured: {
      why: "no histogram of web's answer times",
      fix: traefikFix("traefik_service_request_duration_seconds_bucket"),
    },
  };
}

const RELIEF: Relief = {
  secondNode: "partly",
  otherwise: "look at the slowest requests first: a missing index or cache is as slow on two nodes",
};

function webLatencySources(quantile: number, scope: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(scope.match, options.match);
  const { minRequests } = options;
  const traefik = traefikPlaces(scope.web).flatMap(({ id, place, labels, caveat }) =>
    histogramSources(select, {
      id,
      metric: `traefik_${place}_request_duration_seconds`,
      // These two are observed when the connection closes, hours later: https://github.com/traefik/traefik/issues/3620
      labels: { ...labels, protocol: "!~websocket|sse" },
      caveat,
      quantile,
      minRequests,
      boundsFix: traefikBucketFix,
    }),
  );
  const servers = httpServers(scope.web).flatMap((server) =>
    histogramSources(select, {
      ...server,
      caveat: caveats(STREAMS, server.caveat),
      quantile,
      minRequests,
    }),
  );
  return [...traefik, ...servers];
}

const STREAMS = "a WebSocket or event stream counts with its whole life";
