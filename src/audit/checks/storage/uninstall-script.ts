import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { linesMatching, SCRIPTS } from "../../view/repository.ts";

export const uninstallScript: AuditCheck = {
  id: "storage/uninstall-script",
  severity: "warns",
  title: "A script uninstalls k3s, and every volume with it",
  reason:
    "`k3s-uninstall.sh` removes `/var/lib/rancher/k3s/storage`, where all local volumes are; its maintainers will not change that. A script that runs it to get a clean start " +
    "is harmless on an agent (`k3s-agent-uninstall.sh`) and the end of the data on the server.",
  sources: ["https://github.com/k3s-io/k3s/issues/10484", "https://github.com/k3s-io/docs/issues/343"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return linesMatching(context, SCRIPTS, /\bk3s-uninstall\.sh\b/).map(({ at, shown }) => ({
    subject: at.file,
    evidence: shown,
    fix: "Take the line out. To remove a second host, drain it, delete its node and run k3s-agent-uninstall.sh there.",
    at,
  }));
}
