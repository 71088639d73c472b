import { execFileSync } from "node:child_process";
import { networkInterfaces } from "node:os";
import { fatal } from "./fatal.ts";
import type { Settings } from "./settings.ts";

/** By what address a node is known, and on which interface its overlay runs. */
export interface NodeAddress {
  readonly address: string;
  readonly externalAddress: string | undefined;
  readonly flannelInterface: string;
  readonly flannelAddress: string;
}

/** As k3s has it: without `flannel-iface` the overlay takes the default route's interface, whatever `node-ip` says. */
export function nodeAddress(settings: Settings): NodeAddress {
  const byDefault = defaultInterface();
  const flannelInterface = settings.first("flannel-iface") ?? byDefault;
  const flannelAddress = addressOf(flannelInterface);
  if (flannelAddress === undefined) fatal(`failed to find the interface ${flannelInterface}`);
  const address = settings.first("node-ip") ?? addressOf(byDefault) ?? flannelAddress;
  if (!ownAddresses().includes(address)) fatal(`node-ip ${address} is no address of this host`);
  return { address, externalAddress: settings.first("node-external-ip"), flannelInterface, flannelAddress };
}

function defaultInterface(): string {
  const route = execFileSync("ip", ["route", "show", "default"], { encoding: "utf8" });
  return / dev (\S+)/.exec(route)?.[1] ?? fatal("there is no default route");
}

function addressOf(device: string): string | undefined {
  return networkInterfaces()[device]?.find(({ family }) => family === "IPv4")?.address;
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}
