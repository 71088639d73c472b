import assert from "node:assert/strict";
import { test } from "node:test";
import { joinFailure, networkFailure } from "./joinFailure.ts";
import type { Way } from "./way.ts";

const PARAMS = {
  host: "glaze-worker-1",
  node: "glaze-worker-1",
  address: "10.116.0.3",
  interface: "eth1",
  server: "glaze-prod",
  serverAddress: "10.116.0.2",
  version: "v1.36.2+k3s1",
  resolvConf: null,
  loadBalancerNode: "glaze-prod",
} as const;

/** k3s's own lines, and what is made of them. */
const CASES: readonly (readonly [string, string | null])[] = [
  [
    "level=info msg=\"Waiting to retrieve agent configuration; server is not ready: Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag\"",
    "glaze-worker-1 cannot join: the cluster knows another host by the name glaze-worker-1.",
  ],
  [
    'level=error msg="failed to get CA certs: Get \\"https://127.0.0.1:6444/cacerts\\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before 2026-11-23T00:00:00Z"',
    "glaze-worker-1 cannot join: the clock of glaze-worker-1 is so wrong that the server's certificate is not valid by it.",
  ],
  [
    'level=fatal msg="failed to validate token: token CA hash does not match the Cluster CA certificate hash: 00 != 11"',
    "glaze-worker-1 cannot join: what answers at 10.116.0.2:6443 is not the cluster's server.",
  ],
  [
    'level=error msg="Failed to retrieve configuration from server: https://127.0.0.1:6444/v1-k3s/config: 401 Unauthorized"',
    "glaze-worker-1 cannot join: the server does not accept its token.",
  ],
  [
    'level=error msg="failed to get CA certs: Get \\"https://10.116.0.2:6443/cacerts\\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"',
    "glaze-worker-1 cannot join: it gets no answer from the server.",
  ],
  [
    'level=error msg="failed to get CA certs: Get \\"https://10.116.0.2:6443/cacerts\\": dial tcp 10.116.0.2:6443: connect: connection refused"',
    "glaze-worker-1 cannot join: it gets no answer from the server.",
  ],
  [
    'level=error msg="tls: failed to verify certificate: x509: certificate is valid for 127.0.0.1, 203.0.113.10, not 10.116.0.2"',
    "glaze-worker-1 cannot join: the server's certificate does not name 10.116.0.2.",
  ],
  ['level=info msg="Running kubelet --address=0.0.0.0"', null],
  ["", null],
];

for (const [log, message] of CASES) {
  test(`${message ?? "nothing to tell of"}: ${log.slice(0, 60)}`, () => {
    assert.equal(joinFailure(log, PARAMS)?.message ?? null, message);
  });
}

const TIMED_OUT = "context deadline exceeded";

/** What the way is found to be, and what is made of it. */
const WAYS: readonly (readonly [Way, string | null])[] = [
  [{ first: "silent", advertised: null }, "it gets no answer from 10.116.0.2:6443."],
  [{ first: "refused", advertised: null }, "10.116.0.2:6443 refuses the connection."],
  [
    { first: "open", advertised: { address: "203.0.113.10", meets: "silent" } },
    "10.116.0.2:6443 answers it and sends it on to 203.0.113.10:6443, the address the server advertises, where it gets no further.",
  ],
  [
    { first: "open", advertised: { address: "203.0.113.10", meets: "refused" } },
    "10.116.0.2:6443 answers it and sends it on to 203.0.113.10:6443, the address the server advertises, where it gets no further.",
  ],
  [{ first: "open", advertised: { address: "203.0.113.10", meets: "open" } }, null],
  [{ first: "open", advertised: null }, null],
];

for (const [way, says] of WAYS) {
  test(`a time-out is the way's: ${JSON.stringify(way)}`, () => {
    const message = networkFailure(TIMED_OUT, PARAMS, way)?.message ?? null;
    assert.equal(message, says === null ? null : `glaze-worker-1 cannot join: ${says}`);
  });
}

test("what is not the network's fault is not looked for there", () => {
  assert.equal(networkFailure("401 Unauthorized", PARAMS, { first: "silent", advertised: null }), null);
});
