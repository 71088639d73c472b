import type { HostFact } from "./hostFact.ts";

export interface Clock {
  readonly isSynchronized: boolean | null;
  /** Seconds since the epoch when it was asked. */
  readonly seconds: number;
}

/** systemd's own client and chrony; the host's clock itself is compared by whoever asked. */
export const timeFact: HostFact<Clock> = {
  name: "clock",
  script: `echo "clock $(date +%s)"
limited timedatectl show -p NTPSynchronized 2>/dev/null
limited chronyc -c tracking 2>/dev/null
true`,
  parse(text) {
    const seconds = /^clock (\d+)$/m.exec(text)?.[1];
    if (seconds === undefined) throw new SyntaxError("no clock");
    const synchronized = /^NTPSynchronized=(yes|no)$/m.exec(text)?.[1];
    // The last column of fourteen is the leap status. https://chrony-project.org/doc/4.5/chronyc.html
    const leap = /^(?:[^,\n]*,){13}(.+)$/m.exec(text)?.[1];
    const says = [synchronized && synchronized === "yes", leap && leap !== "Not synchronised"];
    const known = says.filter((each) => typeof each === "boolean");
    return { seconds: Number(seconds), isSynchronized: known.length === 0 ? null : known.includes(true) };
  },
};
