import type { HostCommand } from "../../hosts/command.ts";
import type { HostSession } from "../../hosts/session.ts";
import { OutgrowError } from "../../model/error.ts";
import { MINUTE } from "../../model/time.ts";
import { fetchFile } from "../backup/archive.ts";
import { mustRun } from "../mustRun.ts";
import { K3S } from "./agentFiles.ts";

/** While it is on its way. */
export const NEW = `${K3S}.outgrow-new`;
const PIECE_BYTES = 8 * 1024 * 1024;

/**
 * The very program the server runs, byte for byte: no version can differ, and nothing is fetched from the
 * internet. What is there already is not sent again.
 */
export async function copyProgram(
  from: HostSession,
  to: HostSession,
  say: (text: string, share?: number) => void,
): Promise<void> {
  const [sha256 = "", size = ""] = (await mustRun(from, measure())).trim().split(" ");
  const there = await to.run(measure());
  if (there.code === 0 && there.stdout.startsWith(sha256)) return;
  const bytes = Number(size);
  const text = `k3s from ${from.name} to ${to.name}`;
  const content = await fetchFile(from, { path: K3S, bytes, sha256, method: "files" }, (share) =>
    say(text, share / 2),
  );
  for (let at = 0; at < bytes; at += PIECE_BYTES) {
    await mustRun(to, writePiece(at, content.subarray(at, at + PIECE_BYTES)));
    say(text, 0.5 + Math.min(0.5, (at + PIECE_BYTES) / bytes / 2));
  }
  await mustRun(to, settle(sha256, size));
}

/** Of the program on the disk; one that was replaced meanwhile is not the one that runs. */
export async function programVersion(server: HostSession): Promise<string> {
  const text = await mustRun(server, { words: [K3S, "--version"], effect: "reads" });
  const version = /^k3s version (\S+)/m.exec(text)?.[1];
  if (version !== undefined) return version;
  throw new OutgrowError("bad-answer", `${server.name}: \`${K3S} --version\` names no version.`);
}

function measure(): HostCommand {
  const script = `[ -f "$1" ] && echo "$(sha256sum <"$1" | cut -d ' ' -f 1) $(wc -c <"$1" | tr -d ' ')"`;
  return { words: ["sh", "-c", script, "outgrow-measure", K3S], effect: "reads" };
}

/** At its place, so that writing a piece again changes nothing. */
function writePiece(at: number, piece: Buffer): HostCommand {
  const script = 'base64 -d | dd of="$1" bs=1048576 seek="$2" conv=notrunc 2>/dev/null';
  return {
    words: ["sh", "-c", script, "outgrow-write", NEW, String(at / (1024 * 1024))],
    input: piece.toString("base64"),
    effect: "changes",
    timeoutMs: 5 * MINUTE,
  };
}

/** What an earlier, longer program has left behind the end is cut off in place: no second file is ever there to be forgotten. */
function settle(sha256: string, bytes: string): HostCommand {
  const script = `set -eu
dd of="$1" bs=1 seek="$3" count=0 2>/dev/null
if [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" != "$4" ]; then rm -f "$1"; echo "the program arrived changed" >&2; exit 1; fi
chmod 755 "$1"; sync; mv -f "$1" "$2"`;
  return { words: ["sh", "-c", script, "outgrow-settle", NEW, K3S, bytes, sha256], effect: "changes" };
}
