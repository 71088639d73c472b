import type { DiskFacts } from "../../model/hostFacts.ts";
import { type HostFact, linesOf } from "./hostFact.ts";

export const disksFact: HostFact<readonly DiskFacts[]> = {
  name: "disks",
  script: "df -P -k -T 2>/dev/null || [ $? -eq 1 ]",
  parse: (text) => linesOf(text).flatMap(diskIn),
};

/** What keeps nothing, or shows something twice. */
const PSEUDO = new Set(["tmpfs", "devtmpfs", "overlay", "squashfs", "efivarfs", "fuse.snapfuse", "ramfs"]);

function diskIn(line: string): readonly DiskFacts[] {
  const [, filesystem, size, used, mount] =
    /^\S.*?\s(\S+)\s+(\d+)\s+(\d+)\s+\d+\s+\d+%\s+(\/.*)$/.exec(line) ?? [];
  if (filesystem === undefined || mount === undefined || PSEUDO.has(filesystem)) return [];
  return [{ mount, filesystem, sizeBytes: Number(size) * 1024, usedBytes: Number(used) * 1024 }];
}
