import { OutgrowError } from "../../model/error.ts";
import type { ParamsOf } from "../../model/step.ts";
import type { Way } from "./way.ts";

type Params = ParamsOf<"node-join">;

/**
 * Why an agent does not get in: k3s tells it only in its log, so its log is read, in this one place.
 * `null`: nothing in it is known to be final; k3s goes on trying.
 */
export function joinFailure(log: string, params: Params): OutgrowError | null {
  const known = CAUSES.find(({ words }) => words.test(log));
  return known === undefined ? null : failure(known, params, lastLine(log, known.words));
}

/**
 * The same where it is the network's fault, told closer: for the log it is one thing whether the server's address is silent or the
 * one it advertises is. `null`: it is not the network's fault, or the way is free by now.
 */
export function networkFailure(log: string, params: Params, way: Way): OutgrowError | null {
  const isNetwork = CAUSES.find(({ words }) => words.test(log))?.isNetwork === true;
  const known = isNetwork ? obstacleOn(way) : null;
  return known === null ? null : failure(known, params, lastLine(log, NETWORK));
}

function failure({ says, hint }: Pick<Cause, "says" | "hint">, params: Params, line: string): OutgrowError {
  return new OutgrowError("verify", `${params.node} cannot join: ${says(params)}`, {
    hint: hint(params),
    cause: new Error(line),
  });
}

interface Cause {
  readonly words: RegExp;
  readonly says: (params: Params) => string;
  readonly hint: (params: Params) => string;
  /** The way to the server has to be looked at. */
  readonly isNetwork?: true;
}

const NETWORK =
  /context deadline exceeded|i\/o timeout|no route to host|ETIMEDOUT|EHOSTUNREACH|connection refused|ECONNREFUSED/;

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
    hint: ({ server }) =>
      `The program on ${server} was replaced while it was copied: restart k3s there (systemctl restart k3s), then make a new plan of it.`,
  },
  {
    words: /certificate is valid for|cannot validate certificate for|doesn't contain any IP SANs/,
    says: ({ serverAddress }) => `the server's certificate does not name ${serverAddress}.`,
    hint: ({ serverAddress }) =>
      `Add tls-san: [${serverAddress}] to the server's k3s configuration and restart it.`,
  },
  {
    words: NETWORK,
    says: () => "it gets no answer from the server.",
    hint: ({ host }) => `See what it says: journalctl -u k3s-agent on ${host}.`,
    isNetwork: true,
  },
];

/** What stands in the way, in the order in which an agent meets it. */
function obstacleOn({ first, advertised }: Way): Pick<Cause, "says" | "hint"> | null {
  if (first === "silent") return SILENT;
  if (first === "refused") return REFUSED;
  return advertised === null || advertised.meets === "open" ? null : sentOn(advertised.address);
}

const SILENT: Pick<Cause, "says" | "hint"> = {
  says: ({ serverAddress }) => `it gets no answer from ${serverAddress}:6443.`,
  hint: ({ server, host, address }) =>
    `A firewall drops it: let TCP 6443 in on ${server} from ${host}'s private address ${address}, in the cloud's firewall too.`,
};

const REFUSED: Pick<Cause, "says" | "hint"> = {
  says: ({ serverAddress }) => `${serverAddress}:6443 refuses the connection.`,
  hint: ({ server }) =>
    `k3s on ${server} must run, its top-level bind-address must not be 127.0.0.1, and no firewall there may reject TCP 6443.`,
};

function sentOn(advertised: string): Pick<Cause, "says" | "hint"> {
  return {
    says: ({ serverAddress }) =>
      `${serverAddress}:6443 answers it and sends it on to ${advertised}:6443, the address the server advertises, where it gets no further.`,
    hint: ({ server, serverAddress }) =>
      `The server must advertise its private address: advertise-address: ${serverAddress} and no node-external-ip in the k3s configuration of ${server}, then systemctl restart k3s there.`,
  };
}

function lastLine(log: string, words: RegExp): string {
  return log.split("\n").findLast((line) => words.test(line)) ?? "";
}
