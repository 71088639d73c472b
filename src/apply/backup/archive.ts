import { createHash } from "node:crypto";
import type { HostCommand } from "../../hosts/command.ts";
import type { HostSession } from "../../hosts/session.ts";
import { OutgrowError } from "../../model/error.ts";
import { MINUTE } from "../../model/time.ts";
import { mustRun } from "../mustRun.ts";

/** What a k3s server cannot be rebuilt without, packed on the host where only root can read it. */
export interface Archive {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** How the datastore was copied: `sqlite3`, `python3`, `files` or `etcd`. */
  readonly method: string;
}

/**
 * Packs datastore, server token and configuration. The datastore is copied by SQLite's own online backup where the host
 * has a way to it; else as files, again and again until nothing was written meanwhile.
 * A datastore without the token is of no use: the token encrypts what is in it. https://docs.k3s.io/cli/token
 */
export async function packServer(session: HostSession, folder: string): Promise<Archive> {
  const words = ["sh", "-c", PACK, "outgrow-backup", folder];
  const said = await mustRun(session, { words, effect: "changes", timeoutMs: 10 * MINUTE });
  const [method = "", bytes = "", sha256 = ""] = said.trim().split(" ");
  return { path: `${folder}/${ARCHIVE}`, method, bytes: Number(bytes), sha256 };
}

const ARCHIVE = "server.tar.gz";

const PACK = `set -eu
umask 077
folder=$1 server=/var/lib/rancher/k3s/server
[ -d "$server" ] || { echo "there is no k3s server here: $server is not there" >&2; exit 66; }
rm -rf "$folder"; mkdir -p "$folder/datastore"
db="$server/db/state.db" copy="$folder/datastore/state.db"
by_files() {
  for try in 1 2 3 4 5 6 7 8 9 10; do
    before=$(stat -c '%y %s' "$db" "$db-wal" 2>/dev/null || true)
    cp "$db" "$copy"; if [ -e "$db-wal" ]; then cp "$db-wal" "$copy-wal"; else rm -f "$copy-wal"; fi
    [ "$before" = "$(stat -c '%y %s' "$db" "$db-wal" 2>/dev/null || true)" ] && return 0
    sleep 1
  done
  echo "the datastore was written to during every one of ten copies: install sqlite3 on the host" >&2; exit 75
}
by_python() { python3 -c 'import sqlite3,sys
source=sqlite3.connect("file:"+sys.argv[1]+"?mode=ro",uri=True); copy=sqlite3.connect(sys.argv[2]); source.backup(copy)' "$db" "$copy" 2>/dev/null; }
if [ -d "$server/db/etcd" ]; then
  k3s etcd-snapshot save --name outgrow --dir "$folder/datastore" >/dev/null; method=etcd
elif [ -e "$db" ]; then
  if command -v sqlite3 >/dev/null && sqlite3 "$db" ".backup '$copy'"; then method=sqlite3
  elif command -v python3 >/dev/null && by_python; then method=python3
  else by_files; method=files; fi
else echo "there is no datastore in $server/db: k3s keeps it elsewhere, and a backup of it must come from there" >&2; exit 66; fi
cp -p "$server/token" "$folder/token"
if [ -d /etc/rancher ]; then cp -a /etc/rancher "$folder/etc-rancher"; fi
(cd "$folder" && tar -czf ${ARCHIVE}.new datastore token $([ -e etc-rancher ] && echo etc-rancher))
mv "$folder/${ARCHIVE}.new" "$folder/${ARCHIVE}"
rm -rf "$folder/datastore" "$folder/token" "$folder/etc-rancher"
echo "$method $(wc -c <"$folder/${ARCHIVE}" | tr -d ' ') $(sha256sum "$folder/${ARCHIVE}" | cut -d ' ' -f 1)"
`;

/** A piece as it fits into one answer, read as base64. */
const PIECE_BYTES = 16 * 1024 * 1024;

/** Brings a file here, piece by piece, and proves that it is the same. */
export async function fetchFile(
  session: HostSession,
  { path, bytes, sha256 }: Archive,
  onProgress: (share: number) => void,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes; from += PIECE_BYTES) {
    pieces.push(Buffer.from(await mustRun(session, readPiece(path, from)), "base64"));
    onProgress(Math.min(1, (from + PIECE_BYTES) / bytes));
  }
  const content = Buffer.concat(pieces);
  if (hashOf(content) === sha256) return content;
  throw new OutgrowError("bad-answer", `${path} on ${session.name} arrived changed.`, {
    hint: "Run outgrow apply again.",
  });
}

export function hashOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function readPiece(path: string, from: number): HostCommand {
  const script = 'tail -c "+$2" "$1" | head -c "$3" | base64';
  return {
    words: ["sh", "-c", script, "outgrow-read", path, String(from + 1), String(PIECE_BYTES)],
    effect: "reads",
    timeoutMs: 5 * MINUTE,
  };
}

/** What was packed is secret: it stays on the host no longer than it must. */
export function removeFolder(folder: string): HostCommand {
  return { words: ["rm", "-rf", folder], effect: "changes" };
}
