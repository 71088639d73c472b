/** Ctrl-C while a run goes. */
export interface Stopping extends Disposable {
  readonly signal: AbortSignal;
}

const RESUMABLE = 4;

/**
 * The first Ctrl-C asks the run to stop where it safely can. The second ends the process on the
 * spot: the journal stands before every deed, so that is no worse than a power cut, and survived like one.
 */
export function listenForStop(howToGoOn: string, say: (text: string) => void): Stopping {
  const asked = new AbortController();
  const onSignal = () => {
    if (asked.signal.aborted) {
      say(`outgrow: left on the spot. Go on: ${howToGoOn}`);
      process.exit(RESUMABLE);
    }
    say("outgrow: stops at the next safe point; Ctrl-C again leaves on the spot.");
    asked.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    signal: asked.signal,
    [Symbol.dispose]: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
  };
}
