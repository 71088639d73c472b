import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { shellLine } from "./shellLine.ts";

/** What a shell makes of a line: its words, each ended by a NUL. */
function wordsReadBy(shell: readonly string[], line: string): readonly string[] {
  const [command = "", ...args] = shell;
  const script = `set -- ${line}\nfor word in "$@"; do printf '%s\\0' "$word"; done`;
  const text = execFileSync(command, [...args, "-s"], { input: script, env: { PATH: process.env.PATH } });
  return text.toString().split("\0").slice(0, -1);
}

const SHELLS = {
  dash: ["dash"],
  bash: ["bash"],
  BusyBox: ["busybox", "sh"],
};

const word = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(..."'\"\\$`!*?[]{}()<>|&;#~= \t\n\r-ü%"), maxLength: 12 }),
  )
  .filter((text) => !text.includes("\0") && text.isWellFormed());

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`${name} reads every word back as it was`, () => {
    fc.assert(
      fc.property(fc.array(fc.array(word, { maxLength: 6 }), { minLength: 4, maxLength: 12 }), (lines) => {
        for (const words of lines) assert.deepEqual(wordsReadBy(shell, shellLine(words)), words);
      }),
      { numRuns: 12 },
    );
  });
}

test("words that need no quotes have none, and the others are easy to read", () => {
  assert.equal(shellLine(["nft", "-c", "-f", "/etc/nftables.conf"]), "nft -c -f /etc/nftables.conf");
  assert.equal(shellLine(["sh", "-c", 'echo "$1"', "", "it's"]), `sh -c 'echo "$1"' '' 'it'\\''s'`);
});

test("an unquoted word would be caught", () => {
  assert.notDeepEqual(wordsReadBy(SHELLS.dash, "a b"), ["a b"]);
});

test("a NUL is refused", () => {
  assert.throws(() => shellLine(["a\0b"]), {
    code: "internal",
    message: "A word of a command holds a NUL, which no shell can pass on.",
  });
});
