import assert from "node:assert/strict";
import { test } from "node:test";
import { readFrame } from "./frame.ts";

const mark = "outgrow-1";

test("what is between the marks is the command's, byte for byte", () => {
  const stdout = "Welcome!\noutgrow-1 4711\nline\n\n\noutgrow-1 3\n";
  assert.deepEqual(readFrame(stdout, "motd\noutgrow-1\nwent wrong\n", mark), {
    code: 3,
    stdout: "line\n\n",
    stderr: "went wrong\n",
  });
});

test("a command that prints nothing", () => {
  assert.deepEqual(readFrame("outgrow-1 4711\n\noutgrow-1 0\n", "outgrow-1\n", mark), {
    code: 0,
    stdout: "",
    stderr: "",
  });
});

test("a missing end is noticed, wherever it was cut", () => {
  const whole = "outgrow-1 4711\nhalf of it\n\noutgrow-1 0\n";
  for (let length = 0; length < whole.length; length++) {
    const expected = length < "outgrow-1 4711\n".length ? "unstarted" : "cut";
    assert.equal(readFrame(whole.slice(0, length), "", mark), expected, `after ${length} characters`);
  }
});

test("output that shows the mark in its middle is no end", () => {
  const stdout = "outgrow-1 4711\n\noutgrow-1 7\nmore\n\noutgrow-1 0\n";
  assert.deepEqual(readFrame(stdout, "outgrow-1\n", mark), {
    code: 0,
    stdout: "\noutgrow-1 7\nmore\n",
    stderr: "",
  });
});
