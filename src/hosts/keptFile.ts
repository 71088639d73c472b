import type { Secret } from "../model/secret.ts";
import type { HostCommand } from "./command.ts";

/** A file as it shall be on a host. */
export interface WantedFile {
  readonly path: string;
  readonly content: string | Secret;
  /** `0600` */
  readonly mode: string;
  /** `root:root` */
  readonly owner: string;
}

/** The folder of one run on the host: what files held before, so that undo needs nothing from here. */
export function keptFolder(run: string): string {
  return `/var/lib/outgrow/${run}`;
}

/**
 * Puts a file in one step: another process sees the old one or the new one, never half of it, and a
 * connection that dies half-way leaves the old one. What was there before the run is kept once, so that
 * putting it again does not keep our own. A link stays a link: the file it points to is replaced.
 */
export function putFile(run: string, file: WantedFile): HostCommand {
  const bytes = String(Buffer.byteLength(contentOf(file)));
  return {
    words: ["sh", "-c", PUT, "outgrow-put", keptFolder(run), file.path, file.mode, file.owner, bytes],
    input: file.content,
    effect: "changes",
  };
}

/** Keeps what a file holds now without changing it, once a run. */
export function keepFile(run: string, path: string): HostCommand {
  return { words: ["sh", "-c", KEEP, "outgrow-keep", keptFolder(run), path], effect: "changes" };
}

/** Brings back what a file held before the run, mode and owner too; removes it when there was none. Does nothing when the run never touched it. */
export function restoreFile(run: string, path: string): HostCommand {
  return { words: ["sh", "-c", RESTORE, "outgrow-restore", keptFolder(run), path], effect: "changes" };
}

/** Removes a file, keeping what it held. */
export function removeFile(run: string, path: string): HostCommand {
  return { words: ["sh", "-c", REMOVE, "outgrow-remove", keptFolder(run), path], effect: "changes" };
}

function contentOf({ content }: WantedFile): string {
  return typeof content === "string" ? content : content.reveal();
}

/**
 * `kept` is the path with every slash as `%`; beside it `.absent` says that there was nothing. `new` is the file on its way:
 * it goes with whoever is ended in the middle, and where the power is cut the next one finds it by its name.
 */
const NAMES = `set -eu
umask 077
folder=$1 path=$2
if [ -L "$path" ]; then path=$(readlink -f "$path"); fi
kept="$folder/files/$(printf '%s' "$2" | sed 's/%/%%/g; s|/|%|g')"
new="$path.outgrow-new"
settle() { sync "$1" 2>/dev/null || sync; }
careful() { trap 'rm -f "$new"' EXIT; trap 'exit 75' HUP INT TERM; rm -f "$new"; }
`;

const KEEP_IT = `mkdir -p "$folder/files"
if [ ! -e "$kept" ] && [ ! -e "$kept.absent" ]; then
  if [ -e "$path" ]; then
    cp -p "$path" "$kept.new"; settle "$kept.new"; mv -f "$kept.new" "$kept"
  else : >"$kept.absent"; settle "$kept.absent"; fi
fi
`;

const KEEP = NAMES + KEEP_IT;

const PUT = `${NAMES}mode=$3 owner=$4 bytes=$5
${KEEP_IT}(umask 022; mkdir -p "$(dirname "$path")")
careful
cat >"$new"
if [ "$(wc -c <"$new" | tr -d ' ')" != "$bytes" ]; then echo "the content was cut off on its way" >&2; exit 75; fi
chmod "$mode" "$new"; chown "$owner" "$new"; settle "$new"
mv -f "$new" "$path"; settle "$(dirname "$path")"
`;

const RESTORE = `${NAMES}if [ -e "$kept" ]; then
  careful
  cp -p "$kept" "$new"; settle "$new"
  mv -f "$new" "$path"; settle "$(dirname "$path")"
elif [ -e "$kept.absent" ]; then rm -f "$path" "$new"; fi
`;

const REMOVE = `${NAMES}${KEEP_IT}rm -f "$path"
`;
