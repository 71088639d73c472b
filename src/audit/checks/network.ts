import type { AuditCheck } from "../check.ts";
import { advertisedAddress } from "./network/advertised-address.ts";
import { egressAddress } from "./network/egress-address.ts";
import { externalIp } from "./network/external-ip.ts";
import { flannelOverTailscale } from "./network/flannel-over-tailscale.ts";
import { flannelPublicIp } from "./network/flannel-public-ip.ts";
import { hostNetworkUdp } from "./network/host-network-udp.ts";
import { mtu } from "./network/mtu.ts";
import { networkPolicyAddress } from "./network/network-policy-address.ts";
import { noPrivateNetwork } from "./network/no-private-network.ts";
import { nodeAddressPublic } from "./network/node-address-public.ts";
import { rangeOverlap } from "./network/range-overlap.ts";
import { tailscaleRoutes } from "./network/tailscale-routes.ts";
import { tlsSan } from "./network/tls-san.ts";
import { vpnAuth } from "./network/vpn-auth.ts";
import { vxlanChecksum } from "./network/vxlan-checksum.ts";
import { webhooks } from "./network/webhooks.ts";

export const NETWORK: readonly AuditCheck[] = [
  advertisedAddress,
  egressAddress,
  externalIp,
  flannelOverTailscale,
  flannelPublicIp,
  hostNetworkUdp,
  mtu,
  networkPolicyAddress,
  noPrivateNetwork,
  nodeAddressPublic,
  rangeOverlap,
  tailscaleRoutes,
  tlsSan,
  vpnAuth,
  vxlanChecksum,
  webhooks,
];
