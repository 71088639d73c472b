import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { placeText, statementsLike } from "../../view/deployFiles.ts";

export const environmentToken: AuditCheck = {
  id: "join/environment-token",
  severity: "warns",
  title: "The token ends up in a unit's environment",
  reason:
    "The installer writes every K3S_ variable it is given into /etc/systemd/system/k3s-agent.service.env, and the shell's history and the " +
    "process list have seen it before. token-file in config.yaml keeps it in one file that only root reads.",
  sources: ["https://github.com/k3s-io/k3s/blob/master/install.sh", "https://docs.k3s.io/cli/agent"],
  find,
};

/** Followed by a value, in any quotes; `K3S_TOKEN_FILE` is another variable. */
const PASSED = /\bK3S_TOKEN=/;

function find(context: AuditContext): readonly Hit[] {
  const inScripts = statementsLike(context, PASSED).map(({ at }) => ({
    subject: `file ${at.file}`,
    evidence: `${placeText(at)} passes K3S_TOKEN to the installer`,
    fix: "Write the token to /etc/rancher/k3s/join-token (install -m 0600 /dev/stdin …), name it in config.yaml as token-file, and run the installer without K3S_TOKEN.",
    at,
  }));
  const onHosts = Object.entries(context.facts.hosts).flatMap(([name, { files }]) =>
    files
      .filter(({ path, text }) => path.endsWith(".service.env") && PASSED.test(text ?? ""))
      .map(({ path, mode }) => ({
        subject: `host ${name}`,
        evidence: `${path}${mode === null ? "" : ` (mode ${mode})`} holds K3S_TOKEN`,
        fix: `Move it into /etc/rancher/k3s/join-token (mode 0600), token-file: /etc/rancher/k3s/join-token into config.yaml, take the line out of ${path}, then: systemctl daemon-reload.`,
      })),
  );
  return [...inScripts, ...onHosts];
}
