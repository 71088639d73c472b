import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { refusal, statusOf } from "./refusal.ts";

/** A way to go wrong, for the next requests that fit. */
export interface Fault {
  /** Any when absent. */
  readonly method?: string;
  /** A part of the path; any when absent. */
  readonly path?: string;
  /** How many requests; 1 when absent. */
  readonly count?: number;
  /**
   * `status`: an error answer. `slow`: the right answer, late. `stall`: the head and then nothing. `silent`: nothing at all.
   * `cut`: the connection breaks before anything is done. `cut-after`: it is done, and the answer is lost.
   */
  readonly kind: "status" | "slow" | "stall" | "silent" | "cut" | "cut-after";
  /** For `status`; 503 when absent. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** For `slow`. */
  readonly delayMs?: number;
}

export interface Faults {
  plan(fault: Fault): void;
  /** The fault this request meets, if any; it is used up. */
  meet(method: string, path: string): Fault | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  let planned: { readonly fault: Fault; left: number }[] = [];
  return {
    plan: (fault) => {
      planned.push({ fault, left: fault.count ?? 1 });
    },
    meet: (method, path) => {
      const met = planned.find(({ fault }) => fits(fault, method, path));
      if (met === undefined) return undefined;
      met.left -= 1;
      planned = planned.filter(({ left }) => left > 0);
      return met.fault;
    },
    clear: () => {
      planned = [];
    },
  };
}

/** Carries out what happens before an answer. True: there is nothing left to answer. */
export async function suffer(
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  switch (fault?.kind) {
    case "slow":
      await sleep(fault.delayMs ?? 0);
      return false;
    case "stall":
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write("{");
      return true;
    case "silent":
      return true;
    case "cut":
      request.socket.destroy();
      return true;
    case "status":
      sendStatus(fault, response);
      return true;
    default:
      return false;
  }
}

function fits({ method, path }: Fault, ofMethod: string, ofPath: string): boolean {
  return (method === undefined || method === ofMethod) && (path === undefined || ofPath.includes(path));
}

const REASONS: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

function sendStatus({ status = 503, retryAfterSeconds }: Fault, response: ServerResponse): void {
  const message = status === 503 ? "apiserver not ready" : "a fault was asked for";
  const body = statusOf(refusal(status, REASONS[status] ?? "Unknown", message));
  response.writeHead(status, {
    "Content-Type": "application/json",
    ...(retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) }),
  });
  response.end(JSON.stringify(body));
}
