/**
 * A STAND-IN for the `k3s` binary on the laboratory's hosts: real sockets, TLS, VXLAN, nftables and files,
 * no containers; the API behind it is `lab/kube`. It knows `server`, `agent`, `token`, `etcd-snapshot`
 * and `--version`, and refuses everything else. Its first argument is the version it passes for.
 */
import { joinAsAgent } from "./agent.ts";
import { fatal } from "./fatal.ts";
import { serve } from "./server.ts";
import { tokenCommand } from "./tokenCommand.ts";

const [version = "", command = "", ...args] = process.argv.slice(2);
process.title = command === "" ? "k3s" : `k3s-${command}`;

switch (command) {
  case "--version":
  case "-v":
    process.stdout.write(`k3s version ${version} (outgrow-lab)\ngo version go1.24.5\n`);
    break;
  case "server":
    await serve(args, version);
    break;
  case "agent":
    await joinAsAgent(args, version);
    break;
  case "token":
    await tokenCommand(args);
    break;
  case "etcd-snapshot":
    fatal("etcd datastore disabled");
    break;
  default:
    fatal(`No help topic for '${command}'`);
}
