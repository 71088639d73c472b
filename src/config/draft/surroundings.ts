import type { ClusterView } from "../../audit/view/cluster.ts";
import { field } from "../../audit/view/kube.ts";
import type { Facts, RepositoryFacts } from "../../model/facts.ts";
import { type Guesses, textOf } from "./guesses.ts";

/** Where metrics are written to says where they can be asked: Grafana Cloud takes them at `…/api/prom/push`. */
export function guessMetricsUrl({ cluster, repository }: Facts): string | null {
  const texts = [
    ...(cluster?.objects ?? [])
      .filter(({ kind }) => kind === "ConfigMap")
      .map((object) => JSON.stringify(object)),
    ...(repository?.files ?? []).map(({ text }) => text),
  ];
  const pushed = texts.flatMap((text) => [...text.matchAll(/https:\/\/[\w.-]+\/api\/prom(?=\/push\b)/g)]);
  return pushed[0]?.[0] ?? null;
}

/** The project and environment that External Secrets asks Infisical for. */
export function guessInfisical(cluster: ClusterView): Guesses["infisical"] {
  const stores = [...cluster.of("ClusterSecretStore"), ...cluster.of("SecretStore")];
  const scope = stores.flatMap((store) => field(store, "spec", "provider", "infisical") ?? [])[0];
  if (scope === undefined) return null;
  return {
    project: textOf(field(scope, "secretsScope", "projectSlug")),
    environment: textOf(field(scope, "secretsScope", "environmentSlug")),
  };
}

/** The chart, the workflow that deploys it, and k3s's own configuration. */
export function guessRepository(repository: RepositoryFacts | null): Guesses["repository"] {
  if (repository === null) return null;
  const path = (pattern: RegExp, says: RegExp = /./) =>
    repository.files.find((file) => pattern.test(file.path) && says.test(file.text))?.path ?? null;
  return {
    chart: path(/^(?!.*\/charts\/.*\/charts\/).+\/Chart\.yaml$/)?.replace(/\/Chart\.yaml$/, "") ?? null,
    workflow: path(/^\.github\/workflows\/.+\.ya?ml$/, /helm|kubectl|deploy/i),
    k3sConfig: path(/k3s.*\.ya?ml$/, /^(?!apiVersion:)[a-z][-a-z]*:/m),
  };
}
