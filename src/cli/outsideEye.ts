import { connect } from "node:net";
import type { World } from "../apply/world.ts";
import { type Millis, SECOND } from "../model/time.ts";

/** tcpmux: nobody runs it any more, and a proxy that takes all of the well-known ports takes it too. */
const NOBODYS_PORT = 1;

/**
 * Sees from where outgrow runs which doors are open. Where a proxy on the way takes every connection, whoever
 * it is for, a taken one says nothing: a port that nobody uses is tried too, and must not answer.
 */
export function outsideEye(
  nobodysPort: number = NOBODYS_PORT,
  patienceMs: Millis = 3 * SECOND,
): World["answers"] {
  return async (address, port) => {
    const [isTaken, isAnythingTaken] = await Promise.all([
      takesConnection(address, port, patienceMs),
      takesConnection(address, nobodysPort, patienceMs),
    ]);
    return isTaken && !isAnythingTaken;
  };
}

/** Refused and unanswered are the same: nobody comes in there. */
function takesConnection(host: string, port: number, timeout: Millis): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const end = (isTaken: boolean) => {
      socket.destroy();
      resolve(isTaken);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
