import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { deployFiles, quoted } from "../../view/deployFiles.ts";
import { viewHosts } from "../../view/hosts.ts";
import { viewNodes } from "../../view/nodes.ts";
import { isPrivate } from "../../view/ranges.ts";

export const hostAddress: AuditCheck = {
  id: "deploy/host-address",
  severity: "warns",
  title: "The first host's public address is written down",
  reason:
    "Where the address of node 1 stands in configuration, somebody counts on it: a smoke test that asks only that node, or a list of addresses " +
    "that may call a payment provider, a mail relay or a database. Calls from the other node leave from another address and are refused.",
  sources: [
    "https://docs.k3s.io/networking/basic-network-options",
    "https://docs.digitalocean.com/products/databases/postgresql/how-to/secure/",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const addresses = publicAddresses(context);
  return deployFiles(context).flatMap(({ path, text }) =>
    addresses.flatMap((address) => {
      const lines = linesNaming(text, address);
      const [first] = lines;
      if (first === undefined || /(^|\/)outgrow\.ya?ml$/.test(path)) return [];
      return [
        {
          subject: `file ${path}`,
          evidence: lines.map(({ line, words }) => `${line}: ${quoted(words)}`).join("\n"),
          fix: `Find out who counts on ${address} there. A list of callers gets the new node's address too, before anything moves; a test asks the product's public name instead.`,
          at: { file: path, line: first.line },
        },
      ];
    }),
  );
}

function publicAddresses(context: AuditContext): readonly string[] {
  const fromHosts = viewHosts(context).flatMap(({ publicAddress }) => publicAddress?.address ?? []);
  const fromNodes = viewNodes(context).flatMap(({ internalAddress, externalAddress }) =>
    [internalAddress, externalAddress].flatMap((each) => each ?? []),
  );
  return [...new Set([...fromHosts, ...fromNodes])].filter((each) => !isPrivate(each) && !each.includes(":"));
}

/** The API's address is a finding of its own. */
function linesNaming(
  text: string,
  address: string,
): readonly { readonly line: number; readonly words: string }[] {
  const named = new RegExp(`(?<![\\d.])${address.replaceAll(".", "\\.")}(?![\\d]|\\.\\d|:6443)`);
  return text.split("\n").flatMap((words, index) => (named.test(words) ? [{ line: index + 1, words }] : []));
}
