import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startProcess } from "./process.ts";
import { tempFolder } from "./temp.ts";

/** Debian's Celery: a real worker on a real broker, with the tasks of `celeryTasks/kiln.py`. */
export interface LabCelery extends AsyncDisposable {
  /** Publishes so many tasks, each of which takes so long. */
  enqueue(count: number, seconds: number): Promise<void>;
}

/** Debian's Python, whatever stands first in the path: its Celery is what is tested. */
const PYTHON = "/usr/bin/python3";
const TASKS = fileURLToPath(new URL("./celeryTasks", import.meta.url));

export async function startCelery(brokerUrl: string, concurrency = 1): Promise<LabCelery> {
  const folder = tempFolder("celery");
  const env = { BROKER_URL: brokerUrl, PYTHONPATH: TASKS, PYTHONDONTWRITEBYTECODE: "1", C_FORCE_ROOT: "1" };
  const worker = await startProcess({
    command: PYTHON,
    args: ["-m", "celery", "-A", "kiln", "worker", "--loglevel=INFO", `--concurrency=${concurrency}`],
    env,
    cwd: folder.path,
    ready: (said) => said.includes(" ready."),
  });
  return {
    async enqueue(count, seconds) {
      await promisify(execFile)(PYTHON, ["-m", "kiln", String(count), String(seconds)], {
        env: { ...process.env, ...env },
        cwd: folder.path,
      });
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
