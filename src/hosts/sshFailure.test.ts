import assert from "node:assert/strict";
import { test } from "node:test";
import { sshFailure } from "./sshFailure.ts";
import { sshTarget } from "./target.ts";

/** What OpenSSH 9.2 has said; the kinds that need another network than a test has. */
const CASES: readonly (readonly [string, string, string])[] = [
  [
    "ssh: connect to host 10.0.0.9 port 22: Connection timed out",
    "unreachable",
    "glaze-prod (root@10.0.0.9) did not answer.",
  ],
  [
    "ssh: connect to host 10.0.0.9 port 22: No route to host",
    "unreachable",
    "glaze-prod (root@10.0.0.9) cannot be reached: there is no route to it.",
  ],
  [
    "ssh: connect to host 10.0.0.9 port 22: Network is unreachable",
    "unreachable",
    "glaze-prod (root@10.0.0.9) cannot be reached: there is no route to it.",
  ],
  [
    "Unable to negotiate with 10.0.0.9 port 22: no matching host key type found. Their offer: ssh-rsa",
    "bad-answer",
    "glaze-prod (root@10.0.0.9) and this machine's ssh have no algorithm in common: Unable to negotiate with 10.0.0.9 port 22: no matching host key type found. Their offer: ssh-rsa",
  ],
  [
    "@@@@@@@@@\n@       WARNING: REVOKED HOST KEY DETECTED!               @\n@@@@@@@@@",
    "host-key",
    "glaze-prod (root@10.0.0.9) shows another host key than the one that is known: it may not be the same host.",
  ],
  [
    "Received disconnect from 10.0.0.9 port 22:2: Too many authentication failures",
    "unauthorized",
    "glaze-prod (root@10.0.0.9) does not let this key in: Received disconnect from 10.0.0.9 port 22:2: Too many authentication failures",
  ],
  [
    "something new",
    "unreachable",
    "glaze-prod (root@10.0.0.9) cannot be asked: ssh ended with 255: something new",
  ],
  ["", "unreachable", "glaze-prod (root@10.0.0.9) cannot be asked: ssh ended with 255."],
];

for (const [said, code, message] of CASES) {
  test(`ssh says: ${said.split("\n").at(-1)}`, () => {
    const target = sshTarget({ name: "glaze-prod", destination: "root@10.0.0.9" });
    const failure = sshFailure(target, 255, said);
    assert.deepEqual([failure.code, failure.message], [code, message]);
  });
}
