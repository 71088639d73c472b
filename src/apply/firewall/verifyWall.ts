import { OutgrowError } from "../../model/error.ts";
import { missingFrom, type WallLook } from "./lookAtWall.ts";
import { hostPortRules } from "./wall.ts";

/** Peers come in by the kernel's own rules, the files say so too, and the public ports still lead to their pods. */
export async function verifyWall(look: WallLook, hostPorts: readonly string[]): Promise<void> {
  const [missing] = missingFrom(look);
  if (missing !== undefined) throw new OutgrowError("verify", `On ${look.session.name} ${missing}.`);
  const now = new Set(hostPortRules(look.wall));
  const lost = hostPorts.find((rule) => !now.has(rule));
  if (lost === undefined) return;
  throw new OutgrowError(
    "verify",
    `On ${look.session.name} a rule that turned a public port to its pod is gone: ${lost}.`,
    {
      hint: "Let ServiceLB's pods start again, which writes them: kubectl -n kube-system delete pod -l svccontroller.k3s.cattle.io/svcname",
    },
  );
}
