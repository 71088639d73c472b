import assert from "node:assert/strict";
import { test } from "node:test";
import { stopAtWork } from "../hosts/atWork.ts";
import type { HostCommand } from "../hosts/command.ts";
import { OutgrowError } from "../model/error.ts";
import type { ProgressNews } from "../model/progress.ts";
import { ownHosts } from "./ownHosts.ts";
import type { World } from "./world.ts";

const LOOK: HostCommand = { words: ["cat", "/etc/hostname"], effect: "reads" };
const CHANGE: HostCommand = { words: ["touch", "/etc/mark"], effect: "changes" };
const STOP = stopAtWork();

/** Hosts that write down what they are asked; `answers` are those to the question what is left at work, in turn. */
function scene(answers: readonly (string | Error)[], isOurs: () => boolean = () => true) {
  const asked: string[] = [];
  const news: ProgressNews[] = [];
  const left = [...answers];
  const nameOf = ({ words }: HostCommand) => (words[2] === STOP.words[2] ? "stop" : words.join(" "));
  const host = async (name: string) => ({
    name,
    run: async (command: HostCommand) => {
      asked.push(`${name} ${nameOf(command)}`);
      const said = nameOf(command) === "stop" ? (left.shift() ?? "0\n") : "";
      if (said instanceof Error) throw said;
      return { code: 0, stdout: said, stderr: "" };
    },
  });
  const lock = {
    check: async () => {
      if (!isOurs()) throw new OutgrowError("locked", "The lock of this run was taken away.");
    },
  };
  const world = ownHosts({ host } as unknown as World, lock, (each) => news.push(each));
  return { world, asked, news };
}

test("before a host is asked anything, what is left at work there is ended, once each host; what was there is said", async () => {
  const { world, asked, news } = scene(["2\n"]);
  for (const command of [LOOK, CHANGE]) await (await world.host("one")).run(command);
  await (await world.host("two")).run(LOOK);
  assert.deepEqual(asked, [
    "one stop",
    "one cat /etc/hostname",
    "one touch /etc/mark",
    "two stop",
    "two cat /etc/hostname",
  ]);
  const text = "one was still at work for a run that is gone: it was stopped.";
  assert.deepEqual(news, [{ kind: "note", text }]);
});

test("a host that could not be asked is asked again, and nothing else of it before", async () => {
  const { world, asked } = scene([new OutgrowError("unreachable", "one did not answer."), "0\n"]);
  await assert.rejects((await world.host("one")).run(CHANGE), { code: "unreachable" });
  assert.deepEqual(asked, ["one stop"]);
  await (await world.host("one")).run(CHANGE);
  assert.deepEqual(asked.slice(1), ["one stop", "one touch /etc/mark"]);
});

test("once the lock is lost no host is changed any more; it may still be looked at", async () => {
  let isOurs = true;
  const { world, asked } = scene([], () => isOurs);
  const session = await world.host("one");
  await session.run(CHANGE);
  isOurs = false;
  await assert.rejects(session.run(CHANGE), { code: "locked" });
  await session.run(LOOK);
  assert.deepEqual(asked.slice(1), ["one touch /etc/mark", "one cat /etc/hostname"]);
});
