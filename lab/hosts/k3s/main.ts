/**
 * A STAND-IN for the `k3s` binary on the laboratory's hosts: real sockets, TLS, VXLAN, nftables and files,
 * no containers; the API behind it is `lab/kube`. It knows `server`, `agent`, `token` and `etcd-snapshot`,
 * and refuses everything else; `--version` its program answers by itself. Its first argument is the version it passes for.
 */
import { joinAsAgent } from "./agent.ts";
import { fatal } from "./fatal.ts";
import { serve } from "./server.ts";
import { tokenCommand } from "./tokenCommand.ts";

const [version = "", command = "", ...args] = process.argv.slice(2);
process.title = command === "" ? "k3s" : `k3s-${command}`;

switch (command) {
  case "server":
    await serve(args, version);
    break;
  case "agent":
    await joinAsAgent(args, version);
    break;
  case "token":
    await tokenCommand(args).catch((error: Error) => fatal(error.message));
    break;
  case "etcd-snapshot":
    fatal("etcd datastore disabled");
    break;
  default:
    fatal(`No help topic for '${command}'`);
}
