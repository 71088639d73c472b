import assert from "node:assert/strict";
import { test } from "node:test";
import { OutgrowError } from "../model/error.ts";
import { parseArguments } from "./arguments.ts";

const options = [
  { name: "config", value: "FILE", help: "" },
  { name: "json", help: "" },
];

test("options and words are told apart", () => {
  const args = parseArguments("check", ["word", "--config", "a.yaml", "--json"], options);
  assert.deepEqual(args.words, ["word"]);
  assert.equal(args.text("config"), "a.yaml");
  assert.equal(args.has("json"), true);
  assert.equal(args.has("config"), true);
  assert.equal(args.text("missing"), undefined);
});

test("a value may follow an equals sign", () => {
  assert.equal(parseArguments("check", ["--config=b.yaml"], options).text("config"), "b.yaml");
});

for (const { argv, message, hint } of [
  { argv: ["--confg", "x"], message: "check has no option --confg.", hint: "Did you mean --config?" },
  { argv: ["--zzz"], message: "check has no option --zzz.", hint: "outgrow check --help lists them." },
  { argv: ["-q"], message: "check has no option -q.", hint: "outgrow check --help lists them." },
  { argv: ["--config"], message: "--config needs a value.", hint: "Write outgrow check --config FILE." },
  { argv: ["--config="], message: "--config needs a value.", hint: "Write outgrow check --config FILE." },
  {
    argv: ["--config", "--json"],
    message: "--config needs a value.",
    hint: "Write outgrow check --config FILE.",
  },
  { argv: ["--json=yes"], message: "--json takes no value.", hint: "Write outgrow check --json." },
]) {
  test(`refused: ${argv.join(" ")}`, () => {
    assert.throws(
      () => parseArguments("check", argv, options),
      (error) =>
        error instanceof OutgrowError &&
        error.code === "usage" &&
        error.message === message &&
        error.hint === hint,
    );
  });
}
