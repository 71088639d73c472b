import type { Labels, Scope, SignalOptions } from "../model/settings.ts";
import { caveats } from "./caveat.ts";
import type { SignalDefinition, Source } from "./definition.ts";
import { httpServers } from "./httpServer.ts";
import { type Select, selectWith, whileBusy } from "./promql.ts";
import { exactRatio, total } from "./ratio.ts";
import { traefikFix, traefikPlaces } from "./traefik.ts";

export const http5xx: SignalDefinition = {
  id: "http-5xx",
  title: "share of web's requests answered 5xx",
  unit: "ratio",
  nature: { kind: "level" },
  defaults: { watch: 0.001, act: 0.01 },
  relief: {
    secondNode: "partly",
    otherwise: "read the errors first: a bug or a deployment fails as often on two nodes",
  },
  sources,
  unmeasured: {
    why: "no count of web's requests by status code",
    fix: traefikFix("traefik_service_requests_total"),
  },
};

function sources({ match, web }: Scope, options: SignalOptions): readonly Source[] {
  const select = selectWith(match, options.match);
  const { minRequests } = options;
  const codes = { label: "code", minRequests };
  const traefik = traefikPlaces(web).flatMap((place) => {
    const counter = { ...codes, labels: place.labels, caveat: caveats(DEPLOYS, place.caveat) };
    const metric = `traefik_${place.place}`;
    // A collector that keeps few names may keep the histogram alone; it counts the same requests.
    return [
      errorShare(select, { ...counter, id: place.id, metric: `${metric}_requests_total` }),
      errorShare(select, {
        ...counter,
        id: `${place.id}-duration`,
        metric: `${metric}_request_duration_seconds_count`,
      }),
    ];
  });
  const servers = httpServers(web).map((server) =>
    errorShare(select, {
      ...server,
      metric: `${server.metric}_count`,
      label: "http_response_status_code",
      minRequests,
      caveat: caveats(UNSEEN, server.caveat),
    }),
  );
  return [...traefik, ...servers];
}

const DEPLOYS = "Traefik's 502 to 504 while a Deployment is replaced are in it";
const UNSEEN = "Traefik's own errors, such as 502, are not in it";

/** A counter of requests by status code. */
interface RequestCounter {
  readonly id: string;
  readonly metric: string;
  readonly labels: Labels;
  /** The label with the status code; gRPC's codes have at most two digits. */
  readonly label: string;
  readonly minRequests: number;
  readonly caveat: string | undefined;
}

/** No 5xx yet means no series yet: zero, but only where requests are counted. */
function errorShare(
  select: Select,
  { id, metric, labels, label, minRequests, caveat }: RequestCounter,
): Source {
  const every = select(metric, labels);
  const failed = select(metric, { ...labels, [label]: "=~5.." });
  const all = total("rate", every);
  const share = exactRatio(`(${total("rate", failed)} or 0 * ${all}) / (${all} > 0)`);
  return {
    id,
    needs: [every],
    reading: { kind: "value", expr: whileBusy(total("increase", every), minRequests, share) },
    ...(caveat === undefined ? {} : { caveat }),
  };
}
