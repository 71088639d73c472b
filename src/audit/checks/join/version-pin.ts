import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { deployFiles, placeText, quoted, type Statement, statementsOf } from "../../view/deployFiles.ts";
import { serverVersion } from "../../view/versions.ts";

export const versionPin: AuditCheck = {
  id: "join/version-pin",
  severity: "blocks",
  title: "The installer would take whatever version is stable that day",
  reason:
    "get.k3s.io without INSTALL_K3S_VERSION installs the newest of the channel stable. An agent must not be newer than its server, and even " +
    "a newer patch has failed to join; the same line run on the server again upgrades it. The agent takes exactly the server's version.",
  sources: [
    "https://github.com/k3s-io/k3s/blob/master/install.sh",
    "https://github.com/k3s-io/k3s/issues/3217",
    "https://github.com/k3s-io/k3s/issues/2996",
    "https://github.com/k3s-io/k3s/issues/12819",
    "https://kubernetes.io/releases/version-skew-policy/#kubelet",
  ],
  find,
};

const INSTALLER = /\bget\.k3s\.io\b/;
const PIN = /\bINSTALL_K3S_VERSION\s*[=:]\s*["']?([^\s"']+)/;

function find(context: AuditContext): readonly Hit[] {
  const server = serverVersion(context);
  return deployFiles(context).flatMap((file) => {
    const pin = PIN.exec(file.text)?.[1];
    return statementsOf(file)
      .filter(({ text }) => INSTALLER.test(text))
      .flatMap((statement) => hitOf(statement, PIN.exec(statement.text)?.[1] ?? pin, server) ?? []);
  });
}

/** A version that only the run will know (`$K3S_VERSION`) is pinned elsewhere. */
function hitOf({ at, text }: Statement, pin: string | undefined, server: string | null): Hit | null {
  const wanted = server ?? "<the server's version, as kubectl get nodes shows it>";
  if (pin === undefined) {
    return {
      subject: `file ${at.file}`,
      evidence: `${placeText(at)}: ${quoted(text)}`,
      fix: `Put INSTALL_K3S_VERSION=${wanted} before sh there.`,
      at,
    };
  }
  if (pin.includes("$") || server === null || pin === server) return null;
  return {
    subject: `file ${at.file}`,
    evidence: `${placeText(at)} installs ${pin}; the server runs ${server}`,
    fix: `INSTALL_K3S_VERSION=${server} there, until the move is over. Upgrade both nodes together afterwards, the server first.`,
    at,
  };
}
