import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Certified, createAuthority, selfSigned } from "../../lab/certificates.ts";
import { startScriptedServer } from "../../lab/scriptedServer.ts";
import { createPrometheus } from "./client.ts";

const EMPTY = JSON.stringify({ status: "success", data: { resultType: "vector", result: [] } });
const HERE = "IP:127.0.0.1";
const authority = createAuthority();
after(() => authority[Symbol.dispose]());

const connect = (url: string, caFile: string | null) =>
  createPrometheus(
    { url, caFile, username: null, password: null, bearer: null, headers: {}, timeoutMs: 5_000 },
    { warn: () => undefined },
  );

const serve = (certified?: Certified) =>
  startScriptedServer(
    (request, response) => request.resume().on("end", () => response.end(EMPTY)),
    certified,
  );

async function failure(certified: Certified, caFile: string | null) {
  await using server = await serve(certified);
  return await connect(server.origin, caFile)
    .query("up", 0)
    .then(
      () => assert.fail("it answered"),
      ({ code, message, hint }) => ({ code, message: message.replace(server.origin, "SERVER"), hint }),
    );
}

const WHERE = "SERVER/api/v1/query";
const CA_HINT = "Name the PEM file of the authority that signed it in metrics.prometheus.caFile.";

test("a private authority named in caFile is believed", async () => {
  await using server = await serve(authority.issue(HERE));
  assert.deepEqual(await connect(server.origin, authority.certFile).query("up", 0), []);
});

test("a private authority nobody named is not", async () => {
  assert.deepEqual(await failure(authority.issue(HERE), null), {
    code: "tls",
    message: `${WHERE}: its certificate is signed by an authority this machine does not trust.`,
    hint: CA_HINT,
  });
});

test("a self-signed certificate", async () => {
  const message = `${WHERE}: its certificate is self-signed.`;
  assert.deepEqual(await failure(selfSigned(HERE), null), { code: "tls", message, hint: CA_HINT });
});

test("an expired certificate", async () => {
  assert.deepEqual(await failure(authority.issue(HERE, -1), authority.certFile), {
    code: "tls",
    message: `${WHERE}: its certificate has expired.`,
    hint: "Renew the certificate on the server, and check this machine's clock.",
  });
});

test("a certificate for another name", async () => {
  assert.deepEqual(await failure(authority.issue("DNS:prometheus.example"), authority.certFile), {
    code: "tls",
    message: `${WHERE}: its certificate is for another name.`,
    hint: "Use the name the certificate is made for in metrics.prometheus.url.",
  });
});

test("https:// where plain http:// is spoken", async () => {
  await using server = await serve();
  const origin = server.origin.replace("http:", "https:");
  await assert.rejects(connect(origin, null).query("up", 0), {
    code: "tls",
    message: `${origin}/api/v1/query: the TLS handshake failed.`,
    hint: "The server may speak plain http:// on this port.",
  });
});

test("http:// where TLS is spoken", async () => {
  await using server = await serve(authority.issue(HERE));
  const origin = server.origin.replace("https:", "http:");
  const api = createPrometheus(
    {
      url: origin,
      caFile: null,
      username: null,
      password: null,
      bearer: null,
      headers: {},
      timeoutMs: 5_000,
    },
    { warn: () => undefined, sleep: async () => undefined },
  );
  await assert.rejects(api.query("up", 0), {
    code: "unreachable",
    message: `${origin}/api/v1/query: the connection was cut.`,
  });
});

test("a caFile that is not there, or is no certificate", async () => {
  assert.throws(() => connect("https://127.0.0.1:1", "/nowhere/ca.pem"), {
    code: "file",
    message: "The certificate authority of metrics.prometheus cannot be read.",
    hint: "metrics.prometheus.caFile must name a PEM file this user may read.",
    at: { file: "/nowhere/ca.pem" },
  });
  assert.throws(() => connect("https://127.0.0.1:1", import.meta.filename), {
    code: "file",
    message: "The certificate authority of metrics.prometheus holds no certificate.",
    hint: "metrics.prometheus.caFile must name a PEM file: it holds -----BEGIN CERTIFICATE-----.",
    at: { file: import.meta.filename },
  });
});
