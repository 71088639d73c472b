import type { OsFacts } from "../../model/hostFacts.ts";
import { type HostFact, linesOf } from "./hostFact.ts";

/** https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
export const osFact: HostFact<OsFacts> = {
  name: "operating system",
  script: `cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release
echo "OUTGROW_KERNEL=$(uname -r)"
echo "OUTGROW_MACHINE=$(uname -m)"`,
  parse(text) {
    const values = new Map(linesOf(text).flatMap(assignment));
    const name = values.get("PRETTY_NAME") ?? values.get("NAME") ?? "";
    return {
      id: values.get("ID") ?? "linux",
      versionId: values.get("VERSION_ID") ?? "",
      name,
      kernel: values.get("OUTGROW_KERNEL") ?? "",
      architecture: values.get("OUTGROW_MACHINE") ?? "",
    };
  },
};

function assignment(line: string): readonly (readonly [string, string])[] {
  const [, key, value] = /^([A-Z_]+)=["']?(.*?)["']?$/.exec(line) ?? [];
  return key === undefined || value === undefined ? [] : [[key, value]];
}
