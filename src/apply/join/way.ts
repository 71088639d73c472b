import type { HostSession } from "../../hosts/session.ts";
import { find } from "../../kube/ask.ts";
import type { ParamsOf } from "../../model/step.ts";
import { SECOND } from "../../model/time.ts";
import type { World } from "../world.ts";

/** What a connection meets: somebody, a refusal, or nothing at all. */
export type Meets = "open" | "refused" | "silent";

/** The way an agent takes into the cluster, as it is found from its host. */
export interface Way {
  /** At the address it joins by. */
  readonly first: Meets;
  /** Where the server sends it on to; `null`: it is the same address. */
  readonly advertised: { readonly address: string; readonly meets: Meets } | null;
}

/** Tries it with new connections from the host itself: what a log calls a time-out has more than one place. */
export async function lookAtWay(
  host: HostSession,
  { kube }: Pick<World, "kube">,
  { serverAddress }: ParamsOf<"node-join">,
): Promise<Way> {
  const first = await meets(host, serverAddress);
  // The same server may be just what is away: it is asked for more only where it answers.
  if (first !== "open") return { first, advertised: null };
  const slice = await find<Slice>(kube, ADVERTISED);
  const addresses = (slice?.endpoints ?? []).flatMap((each) => each.addresses);
  const [address] = addresses;
  if (address === undefined || addresses.includes(serverAddress)) return { first, advertised: null };
  return { first, advertised: { address, meets: await meets(host, address) } };
}

/** The API server writes there where it says it is reached; an agent is sent there after its first contact. */
const ADVERTISED = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";

interface Slice {
  readonly endpoints?: readonly { readonly addresses: readonly string[] }[] | null;
}

async function meets(host: HostSession, address: string): Promise<Meets> {
  const { code, stderr } = await host.run({
    words: ["sh", "-c", CONNECT, "outgrow-connect", address],
    effect: "reads",
    timeoutMs: 20 * SECOND,
  });
  if (code === 0) return "open";
  return /refused/i.test(stderr) ? "refused" : "silent";
}

const CONNECT = `LC_ALL=C exec timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/6443"' outgrow-connect "$1"`;
