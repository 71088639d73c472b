import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { blockOf, parseAddress } from "./address.ts";

test("addresses are those that Node knows", () => {
  const texts = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdef:."), maxLength: 20 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const family = parseAddress(text)?.family ?? null;
      const expected = { 0: null, 4: "ip", 6: "ip6" }[isIP(text)];
      // Node takes leading zeros for a mistake; so would a careful reader.
      if (!/(^|\.)0\d/.test(text)) assert.equal(family, expected, text);
    }),
    { numRuns: 5_000, seed: 1 },
  );
});

test("an address is one number, however it is written", () => {
  assert.equal(parseAddress("10.0.0.1")?.bits, 0x0a000001n);
  for (const text of ["fd00::1", "fd00:0:0::0:1", "fd00:0:0:0:0:0:0:1", "FD00::0.0.0.1"]) {
    assert.equal(parseAddress(text)?.bits, (0xfd00n << 112n) + 1n, text);
  }
});

test("a block has a first and a last address", () => {
  assert.deepEqual(blockOf("10.116.0.77", 20), { family: "ip", first: 0x0a740000n, last: 0x0a740fffn });
  assert.deepEqual(blockOf("::", 0), { family: "ip6", first: 0n, last: (1n << 128n) - 1n });
  for (const [text, length] of [
    ["10.0.0.0", 33],
    ["10.0.0.0", -1],
    ["10.0.0.0", 1.5],
    ["x", 8],
    ["::1", 129],
  ] as const) {
    assert.equal(blockOf(text, length), null, `${text}/${length}`);
  }
});
