import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A root folder with BusyBox and sshd in it and nothing else: a host as small as they come. */
export function makeBusyboxRoot(root: string): void {
  for (const folder of ["bin", "dev", "etc", "proc", "root", "run/sshd", "sbin", "tmp", "usr/sbin"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const program of ["/usr/sbin/sshd", "/usr/bin/busybox"]) {
    copyInto(root, program);
    for (const library of librariesOf(program)) copyInto(root, library);
  }
  execFileSync("chroot", [root, "/usr/bin/busybox", "--install", "-s", "/bin"]);
  writeFileSync(
    join(root, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/bin/false\n",
  );
  writeFileSync(join(root, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
}

function copyInto(root: string, path: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  cpSync(realpathSync(path), join(root, path));
}

function librariesOf(program: string): readonly string[] {
  const listing = execFileSync("ldd", [program], { encoding: "utf8" });
  return listing.split("\n").flatMap((line) => /(?:=>\s+)?(\/\S+)\s+\(/.exec(line)?.[1] ?? []);
}
