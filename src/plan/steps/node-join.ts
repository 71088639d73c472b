import { MINUTE } from "../../model/time.ts";
import { priceOf } from "../money.ts";
import { HARMLESS, planner } from "../planner.ts";
import { joining, readTopology, topologyParts } from "../topology.ts";

export const nodeJoin = planner({
  kind: "node-join",
  read: (input) => {
    const topology = readTopology(input);
    const hosts = joining(topology).map((host) => ({ ...host, monthlyCents: priceOf(host.name, input) }));
    return { topology, hosts };
  },
  parts: ({ topology, hosts }) => ({
    ...topologyParts(topology),
    ...Object.fromEntries(hosts.map(({ name, monthlyCents }) => [`price of ${name}`, monthlyCents])),
  }),
  steps: ({ topology: { server }, hosts }) =>
    hosts.map(({ name, address, interface: device, monthlyCents }) => ({
      ...HARMLESS,
      id: `node-join/${name}`,
      kind: "node-join",
      after: [`node-prepare/${name}`, "firewall-open", "node-address", "k3s-config"],
      durationMs: 3 * MINUTE,
      monthlyCents: monthlyCents ?? 0,
      params: {
        host: name,
        node: name,
        address,
        interface: device,
        server: server.name,
        serverAddress: server.address,
        version: server.version,
        resolvConf: server.resolvConf,
        loadBalancerNode: server.node.name,
      },
    })),
});
