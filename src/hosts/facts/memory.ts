import type { MemoryFacts } from "../../model/hostFacts.ts";
import { type HostFact, linesOf } from "./hostFact.ts";

/** https://man7.org/linux/man-pages/man5/proc_meminfo.5.html; "kB" there are KiB. */
export const memoryFact: HostFact<MemoryFacts> = {
  name: "memory",
  script: "cat /proc/meminfo && cat /proc/swaps",
  parse(text) {
    const bytes = (field: string) => {
      const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
      return kib === undefined ? null : Number(kib) * 1024;
    };
    const total = bytes("MemTotal");
    if (total === null) throw new SyntaxError("no MemTotal in /proc/meminfo");
    return {
      totalBytes: total,
      availableBytes: bytes("MemAvailable") ?? 0,
      swapBytes: bytes("SwapTotal") ?? 0,
      hasZram: linesOf(text).some((line) => line.startsWith("/dev/zram")),
    };
  },
};
