import { OutgrowError } from "../../model/error.ts";
import type { ParamsOf } from "../../model/step.ts";

/**
 * Why an agent does not get in: k3s tells it only in its log, so its log is read, in this one place.
 * `null`: nothing in it is known to be final; k3s goes on trying.
 */
export function joinFailure(log: string, params: ParamsOf<"node-join">): OutgrowError | null {
  const known = CAUSES.find(({ words }) => words.test(log));
  if (known === undefined) return null;
  return new OutgrowError("verify", `${params.node} cannot join: ${known.says(params)}`, {
    hint: known.hint(params),
    cause: new Error(lastLine(log, known.words)),
  });
}

interface Cause {
  readonly words: RegExp;
  readonly says: (params: ParamsOf<"node-join">) => string;
  readonly hint: (params: ParamsOf<"node-join">) => string;
}

const CAUSES: readonly Cause[] = [
  {
    words: /[Nn]ode password rejected/,
    says: ({ node }) => `the cluster knows another host by the name ${node}.`,
    hint: ({ node }) =>
      `If that host is gone: kubectl delete node ${node}; kubectl -n kube-system delete secret ${node}.node-password.k3s. Otherwise give the new host another name in outgrow.yaml.`,
  },
  {
    words: /certificate has expired or is not yet valid/,
    says: ({ host }) => `the clock of ${host} is so wrong that the server's certificate is not valid by it.`,
    hint: ({ host }) =>
      `Set the time and keep it: timedatectl set-ntp true on ${host}; then outgrow apply again.`,
  },
  {
    words: /token CA hash does not match/,
    says: ({ serverAddress }) => `what answers at ${serverAddress}:6443 is not the cluster's server.`,
    hint: () =>
      "The token names the cluster's authority, and another certificate was shown: check the address.",
  },
  {
    words: /401 Unauthorized|not authorized|401: Unauthorized/,
    says: () => "the server does not accept its token.",
    hint: () => "Tokens of a join live an hour: run outgrow apply again, which makes a new one.",
  },
  {
    words: /newer than the server/,
    says: ({ version }) => `its k3s is newer than the server's; the plan says ${version}.`,
    hint: () => "Make a new plan: outgrow plan --out plan.json",
  },
  {
    words: /certificate is valid for|cannot validate certificate for|doesn't contain any IP SANs/,
    says: ({ serverAddress }) => `the server's certificate does not name ${serverAddress}.`,
    hint: ({ serverAddress }) =>
      `Add tls-san: [${serverAddress}] to the server's k3s configuration and restart it.`,
  },
  {
    words: /context deadline exceeded|i\/o timeout|no route to host|ETIMEDOUT|EHOSTUNREACH/,
    says: ({ serverAddress }) =>
      `it gets no answer from ${serverAddress}:6443, or from the address the server advertises.`,
    hint: ({ server, host }) =>
      `A firewall drops it: let TCP 6443 in on ${server} from ${host}'s private address, in the cloud's firewall too; and the server must advertise its private address (node-ip).`,
  },
  {
    words: /connection refused|ECONNREFUSED/,
    says: ({ serverAddress }) => `nothing listens at ${serverAddress}:6443.`,
    hint: ({ server }) => `k3s on ${server} must run, and its top-level bind-address must not be 127.0.0.1.`,
  },
];

function lastLine(log: string, words: RegExp): string {
  return log.split("\n").findLast((line) => words.test(line)) ?? "";
}
