import { blocks, type PreflightFinding } from "./finding.ts";

/** Others lock something too. */
const OTHERS = 100;

/** Where one transaction locks every table; nothing is said where either is not known. */
export function lockRoomFor(
  tables: number | undefined,
  room: number | undefined,
  side: string,
): readonly PreflightFinding[] {
  if (tables === undefined || room === undefined || tables + OTHERS <= room) return [];
  return [
    blocks(
      "lock-room",
      side,
      `one transaction has to lock ${tables} tables, and there is room for about ${room} locks`,
      "Raise max_locks_per_transaction there and restart it: ALTER SYSTEM SET max_locks_per_transaction = 256; where the provider does not let you, take a plan with more connections, for the room grows with them.",
    ),
  ];
}
