/** Counts requests under the names of Traefik's Prometheus metrics (v3, classic histogram), as its text format. */
export interface TraefikMetrics {
  record(code: number, method: string, seconds: number): void;
  text(): string;
}

const BOUNDS = [0.1, 0.25, 0.5, 1, 2, 5];

interface Series {
  readonly labels: string;
  readonly buckets: number[];
  count: number;
  sum: number;
}

/** `service` as Traefik spells it: `default-glaze-web-80@kubernetes`. */
export function createTraefikMetrics(service: string): TraefikMetrics {
  const series = new Map<string, Series>();
  return {
    record(code, method, seconds) {
      const labels = `code="${code}",method="${method}",protocol="http",service="${service}"`;
      const one = series.get(labels) ?? { labels, buckets: BOUNDS.map(() => 0), count: 0, sum: 0 };
      series.set(labels, one);
      one.count++;
      one.sum += seconds;
      BOUNDS.forEach((bound, index) => {
        if (seconds <= bound) one.buckets[index] = (one.buckets[index] ?? 0) + 1;
      });
    },
    text() {
      const all = [...series.values()];
      return [
        "# TYPE traefik_service_requests_total counter",
        ...all.map(({ labels, count }) => `traefik_service_requests_total{${labels}} ${count}`),
        "# TYPE traefik_service_request_duration_seconds histogram",
        ...all.flatMap(histogramLines),
        "",
      ].join("\n");
    },
  };
}

function histogramLines({ labels, buckets, count, sum }: Series): readonly string[] {
  const name = "traefik_service_request_duration_seconds";
  return [
    ...buckets.map((value, index) => `${name}_bucket{${labels},le="${BOUNDS[index]}"} ${value}`),
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${count}`,
  ];
}
