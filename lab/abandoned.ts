import { existsSync } from "node:fs";

/** What a laboratory makes outside of its own process is called `outgrow-<its process>-…`, so that the next one can sweep. */
export const PREFIX = "outgrow";

/** Those of the names whose process is no more. */
export function abandoned(names: readonly string[]): readonly string[] {
  return names.filter((name) => {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Takes away what stands at a path. That it fails because somebody else did it meanwhile is no failure. */
export function unlessGone(path: string, removal: () => void): void {
  try {
    removal();
  } catch (error) {
    if (existsSync(path)) throw error;
  }
}
