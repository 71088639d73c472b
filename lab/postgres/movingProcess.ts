import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { DialAddress, Endpoint } from "../../src/postgres/endpoint.ts";
import type { MoveNews } from "../../src/postgres/move/news.ts";
import type { MoveOrder, Side } from "../../src/postgres/move/order.ts";
import type { PostgresMajor } from "./binaries.ts";

/** An order as text, passwords included: it goes to a child's stdin and nowhere else. */
export interface MoveOrderText {
  readonly verb: "carryOver" | "bringBack" | "finish";
  readonly id: string;
  readonly database: string;
  readonly driver: MoveOrder["driver"];
  readonly holdLimitMs: number;
  readonly homeHoldLimitMs: number;
  readonly source: SideText;
  readonly target: SideText;
  readonly sourceMajor: PostgresMajor;
  /** Where the application reads which side is its own. */
  readonly configFile: string;
  readonly dieAt: number | null;
  /** The provider's API, where the driver is the provider's. */
  readonly cloud: CloudText | null;
}

export interface CloudText {
  readonly origin: string;
  readonly token: string;
  readonly databaseId: string;
}

export interface SideText {
  readonly admin: Omit<Endpoint, "password"> & { readonly password: string };
  readonly dial: DialAddress;
}

export interface MovingResult {
  readonly signal: NodeJS.Signals | null;
  /** How many chances to die there were; `null` when it died. */
  readonly deeds: number | null;
  readonly error: string | null;
  readonly peakMib: number;
}

export interface MovingRun {
  readonly verb: MoveOrderText["verb"];
  readonly configFile: string;
  readonly dieAt?: number;
  readonly cloud?: CloudText;
  /** 15 when absent. */
  readonly sourceMajor?: PostgresMajor;
}

/** Runs a move in a process of its own until it ends or dies. `tell` hears its news, and may kill it by `kill`. `program`: a compiled one, to measure what is shipped. */
export async function runMoving(
  order: MoveOrder,
  how: MovingRun,
  tell: (news: MoveNews, kill: () => void) => void = () => undefined,
  program = "lab/postgres/moveProcess.ts",
): Promise<MovingResult> {
  const report = ["-f", "peak %M", process.execPath, program];
  const child = spawn("/usr/bin/time", report, { stdio: "pipe", detached: true });
  const kill = () => process.kill(-(child.pid ?? 0), "SIGKILL");
  const end: { deeds: number | null; error: string | null } = { deeds: null, error: null };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const news = JSON.parse(line) as
      | MoveNews
      | { kind: "end"; deeds: number }
      | { kind: "error"; message: string };
    if (news.kind === "end") end.deeds = news.deeds;
    else if (news.kind === "error") end.error = news.message;
    else tell(news, kill);
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(textOf(order, how)));
  const [stderr, [, signal]] = await Promise.all([
    text(child.stderr),
    once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  const wasKilled = signal !== null || stderr.includes("terminated by signal 9");
  const peakMib = Number(/peak (\d+)/.exec(stderr)?.[1] ?? 0) / 1024;
  return { signal: wasKilled ? "SIGKILL" : null, peakMib, ...end };
}

function textOf(order: MoveOrder, how: MovingRun): MoveOrderText {
  const { id, database, driver, holdLimitMs, homeHoldLimitMs } = order;
  return {
    id,
    database,
    driver,
    holdLimitMs,
    homeHoldLimitMs,
    verb: how.verb,
    configFile: how.configFile,
    sourceMajor: how.sourceMajor ?? 15,
    dieAt: how.dieAt ?? null,
    cloud: how.cloud ?? null,
    source: sideText(order.source),
    target: sideText(order.target),
  };
}

function sideText({ admin, dial }: Side): SideText {
  return { admin: { ...admin, password: admin.password.reveal() }, dial };
}
