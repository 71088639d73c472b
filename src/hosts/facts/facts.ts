import { addressesFact } from "./addresses.ts";
import { certificatesFact } from "./certificates.ts";
import { cpusFact } from "./cpus.ts";
import { datastoreFact } from "./datastore.ts";
import { disksFact } from "./disks.ts";
import { hostnameFact } from "./hostname.ts";
import { importedImagesFact } from "./importedImages.ts";
import { iptablesFact } from "./iptables.ts";
import { k3sVersionFact } from "./k3sVersion.ts";
import { machineIdFact } from "./machineId.ts";
import { memoryFact } from "./memory.ts";
import { modulesFact } from "./modules.ts";
import { nftablesFact } from "./nftables.ts";
import { osFact } from "./os.ts";
import { routesFact } from "./routes.ts";
import { socketsFact } from "./sockets.ts";
import { sysctlFact } from "./sysctl.ts";
import { tailscaleFact } from "./tailscale.ts";
import { timeFact } from "./time.ts";

/** Everything a host is asked in one go, beside its files. */
export const FACTS = {
  addresses: addressesFact,
  certificates: certificatesFact,
  cpus: cpusFact,
  datastore: datastoreFact,
  disks: disksFact,
  hostname: hostnameFact,
  importedImages: importedImagesFact,
  iptables: iptablesFact,
  k3sVersion: k3sVersionFact,
  machineId: machineIdFact,
  memory: memoryFact,
  modules: modulesFact,
  nftables: nftablesFact,
  os: osFact,
  routes: routesFact,
  sockets: socketsFact,
  sysctl: sysctlFact,
  tailscale: tailscaleFact,
  time: timeFact,
} as const;
