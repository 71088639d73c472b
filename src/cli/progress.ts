import type { Stream } from "./io.ts";

/** A bar that redraws itself on a terminal; elsewhere nothing, so that logs stay clean. */
export interface Progress {
  update(done: number, total: number): void;
  /** Clears the line. */
  end(): void;
}

const WIDTH = 24;

export function createProgress(stream: Stream, title: string): Progress {
  if (!stream.isTerminal) return { update: () => undefined, end: () => undefined };
  return {
    update(done, total) {
      const filled = total === 0 ? WIDTH : Math.round((WIDTH * done) / total);
      stream.write(
        `\r\u001b[K${title}  ${"█".repeat(filled)}${"░".repeat(WIDTH - filled)}  ${done} of ${total}`,
      );
    },
    end: () => stream.write("\r\u001b[K"),
  };
}
