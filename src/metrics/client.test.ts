import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { startScriptedServer } from "../../lab/scriptedServer.ts";
import { Secret } from "../model/secret.ts";
import { MINUTE } from "../model/time.ts";
import type { PrometheusAccess } from "./access.ts";
import { createPrometheus } from "./client.ts";

const ACCESS: Omit<PrometheusAccess, "url"> = {
  username: null,
  password: null,
  bearer: null,
  headers: {},
  caFile: null,
  timeoutMs: 5_000,
};
const EMPTY = { status: "success", data: { resultType: "vector", result: [] } };

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A server that answers `answers` in turn (the last for ever), and what it was asked. */
async function script(
  ...answers: readonly { status?: number; headers?: object; json?: unknown; body?: string }[]
) {
  const seen: Seen[] = [];
  const listener: RequestListener = async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? {};
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    const type = { "Content-Type": answer.json === undefined ? "text/html" : "application/json" };
    response.writeHead(answer.status ?? 200, { ...type, ...answer.headers });
    response.end(answer.body ?? JSON.stringify(answer.json));
  };
  const server = await startScriptedServer(listener);
  return { ...server, seen, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function connect(url: string, access: Partial<PrometheusAccess> = {}, limitBytes?: number) {
  const warnings: string[] = [];
  const pauses: number[] = [];
  const api = createPrometheus(
    { ...ACCESS, url, ...access },
    {
      warn: (text) => warnings.push(text),
      sleep: async (pause) => void pauses.push(pause),
      now: () => 0,
      ...(limitBytes === undefined ? {} : { limitBytes }),
    },
  );
  return { ...api, warnings, pauses };
}

/** The failure of asking `up{job="x"}`, with this server's address as SERVER. */
async function failure(
  server: { readonly origin: string },
  access: Partial<PrometheusAccess> = {},
  limitBytes?: number,
) {
  const api = connect(`${server.origin}/prom`, access, limitBytes);
  return api.query('up{job="x"}', 0).then(
    () => assert.fail("it answered"),
    ({ code, message, hint }) => ({ code, message: message.replaceAll(server.origin, "SERVER"), hint }),
  );
}

test("questions are POSTed forms; no credentials, no header", async () => {
  await using server = await script({ json: EMPTY });
  await connect(`${server.origin}/api/prom/`).query('up{job="a"}', 1_500);
  const [seen] = server.seen;
  assert.equal(seen?.method, "POST");
  assert.equal(seen?.url, "/api/prom/api/v1/query");
  assert.equal(seen?.body, "query=up%7Bjob%3D%22a%22%7D&time=1.5&nocache=1");
  assert.equal(seen?.headers.authorization, undefined);
  assert.equal(seen?.headers["accept-encoding"], "identity");
});

test("label values are asked by GET", async () => {
  await using server = await script({ json: { status: "success", data: ["0.1", "+Inf"] } });
  const span = { from: 0, to: 60_000 };
  assert.deepEqual(await connect(server.origin).labelValues("le", 'x_bucket{a="b"}', span), ["0.1", "+Inf"]);
  assert.equal(
    server.seen[0]?.url,
    "/api/v1/label/le/values?match%5B%5D=x_bucket%7Ba%3D%22b%22%7D&start=0&end=60",
  );
});

test("basic, bearer and header access", async () => {
  await using server = await script({ json: EMPTY });
  const sent = async (access: Partial<PrometheusAccess>) => {
    await connect(server.origin, access).query("up", 0);
    return server.seen.at(-1)?.headers ?? {};
  };
  const basic = await sent({ username: "123456", password: new Secret("glc_ü") });
  assert.equal(basic.authorization, `Basic ${Buffer.from("123456:glc_ü").toString("base64")}`);
  assert.equal((await sent({ bearer: new Secret("t0k") })).authorization, "Bearer t0k");
  const headers = await sent({ headers: { "X-Scope-OrgID": "glaze", "X-Key": new Secret("k3y") } });
  assert.deepEqual([headers["x-scope-orgid"], headers["x-key"]], ["glaze", "k3y"]);
});

test("a long range is asked in chunks and joined without a seam", async () => {
  const asked: string[] = [];
  await using server = await startScriptedServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const form = new URLSearchParams(body);
    const [start, end, step] = ["start", "end", "step"].map((name) => Number(form.get(name)));
    asked.push(`${start}..${end}/${step}`);
    const values = [];
    for (let at = start ?? 0; at <= (end ?? 0); at += step ?? 1) values.push([at, String(at)]);
    response.end(
      JSON.stringify({ status: "success", data: { resultType: "matrix", result: [{ metric: {}, values }] } }),
    );
  });
  const grid = { from: 60_000, step: 15_000, count: 25_000 };
  const [series, ...others] = await connect(server.origin).queryRange("x", grid);
  assert.deepEqual(asked, ["60..165045/15", "165060..330045/15", "330060..375045/15"]);
  assert.deepEqual(others, []);
  assert.ok(series?.values.every((value, index) => value === 60 + index * 15));
});

test("data wins over warnings, and each warning is told once", async () => {
  const json = { ...EMPTY, warnings: ["store x is down"], infos: ["PromQL info: odd name"], isPartial: true };
  await using server = await script({ json });
  const api = connect(server.origin);
  assert.deepEqual(await api.query("up", 0), []);
  await api.query("up", MINUTE);
  assert.deepEqual(api.warnings, [
    "Prometheus: store x is down",
    "Prometheus: PromQL info: odd name",
    "Prometheus: the answer is partial: not every storage node replied",
  ]);
});

test("429 is asked again after the pause it names", async () => {
  await using server = await script({ status: 429, headers: { "Retry-After": "3" } }, { json: EMPTY });
  const api = connect(server.origin);
  assert.deepEqual(await api.query("up", 0), []);
  assert.deepEqual(api.pauses, [3000]);
});

test("at most four questions are under way", async () => {
  let open = 0;
  let most = 0;
  await using server = await startScriptedServer((request, response) => {
    most = Math.max(most, ++open);
    request.resume().on("end", () =>
      setTimeout(() => {
        open--;
        response.end(JSON.stringify(EMPTY));
      }, 5),
    );
  });
  const api = connect(server.origin);
  await Promise.all(Array.from({ length: 20 }, () => api.query("up", 0)));
  assert.equal(most, 4);
});

test("waiting for a free connection is no time-out", async () => {
  await using server = await startScriptedServer((request, response) => {
    request.resume().on("end", () => setTimeout(() => response.end(JSON.stringify(EMPTY)), 40));
  });
  const api = connect(server.origin, { timeoutMs: 700 });
  assert.equal((await Promise.all(Array.from({ length: 80 }, () => api.query("up", 0)))).length, 80);
});

test("gzip is unpacked", async () => {
  await using server = await startScriptedServer((request, response) => {
    request.resume();
    response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(JSON.stringify(EMPTY)));
  });
  assert.deepEqual(await connect(server.origin).query("up", 0), []);
});

const BASE = "SERVER/prom/api/v1/query";
const CHECK_API =
  "Check that metrics.prometheus.url is the base of a Prometheus-compatible API, and what stands in between.";

test("wrong credentials", async () => {
  await using server = await script({ status: 401, headers: { "Content-Type": "text/plain" }, body: "no" });
  assert.deepEqual(await failure(server), {
    code: "unauthorized",
    message: `${BASE} does not accept the credentials (401): no.`,
    hint:
      "Check metrics.prometheus.username, password or bearer. Grafana Cloud: the instance ID as username, " +
      "an access-policy token with metrics:read as password.",
  });
});

test("credentials that may not read", async () => {
  await using server = await script({ status: 403, body: "<html>Forbidden</html>" });
  assert.deepEqual(await failure(server), {
    code: "unauthorized",
    message: `${BASE} does not allow these credentials to read (403).`,
    hint: "The token needs metrics:read, and a Mimir of several tenants the header X-Scope-OrgID.",
  });
});

test("a wrong base address", async () => {
  await using server = await script({
    status: 404,
    headers: { "Content-Type": "text/plain; charset=utf-8" },
    body: "404 page not found\n",
  });
  assert.deepEqual(await failure(server), {
    code: "not-found",
    message: `${BASE} does not exist (404): 404 page not found.`,
    hint:
      "Check metrics.prometheus.url, to which /api/v1/… is appended: it ends in /api/prom for Grafana Cloud, " +
      "in /prometheus for Mimir, and in nothing for most Prometheus servers.",
  });
});

test("a bad expression, with the server's own words", async () => {
  for (const [status, errorType] of [
    [400, "bad_data"],
    [422, "execution"],
  ] as const) {
    const json = { status: "error", errorType, error: "1:4: parse error: unexpected <eof>." };
    await using server = await script({ status, json });
    assert.deepEqual(await failure(server), {
      code: "bad-query",
      message: `${BASE} refuses the expression up{job="x"}: 1:4: parse error: unexpected <eof>.`,
      hint: "Check expr and match in the configuration, and that metrics.prometheus.url is the base /api/v1/… is appended to.",
    });
  }
});

test("too many questions, four times over", async () => {
  await using server = await script({ status: 429, json: { status: "error", error: "rate limit" } });
  assert.deepEqual(await failure(server), {
    code: "rate-limited",
    message: `${BASE} takes no more questions for now (429): rate limit.`,
    hint: "Try again later.",
  });
  assert.equal(server.seen.length, 4);
});

test("a pause longer than a minute is told instead of waited for", async () => {
  await using server = await script({ status: 429, headers: { "Retry-After": "3600" }, body: "" });
  assert.deepEqual(await failure(server), {
    code: "rate-limited",
    message: `${BASE} takes no more questions for now (429).`,
    hint: "Try again later: the server asks to wait (Retry-After: 3600).",
  });
});

test("an overloaded server", async () => {
  for (const status of [502, 503, 504]) {
    await using server = await script({ status, body: "<html>" });
    assert.deepEqual(await failure(server), {
      code: "unavailable",
      message: `${BASE} cannot answer now (${status}).`,
      hint: "Try again later.",
    });
  }
});

test("a query the server gives up", async () => {
  const json = { status: "error", errorType: "timeout", error: "query timed out in expression evaluation" };
  await using server = await script({ status: 503, json });
  assert.deepEqual(await failure(server), {
    code: "timeout",
    message: `${BASE} gave up the expression up{job="x"}: it takes too long.`,
    hint: "Ask for a shorter span, narrow the expression with match, or raise --query.timeout of the server.",
  });
});

test("any other status", async () => {
  await using server = await script({ status: 500, json: { status: "error", error: "disk is gone" } });
  assert.deepEqual(await failure(server), {
    code: "bad-answer",
    message: `${BASE} answered with status 500: disk is gone.`,
    hint: "Check metrics.prometheus.url, and the server's own log.",
  });
});

test("a redirect is never followed, and its query is not shown", async () => {
  await using server = await script({
    status: 302,
    headers: { Location: "https://sso.example/login?token=abc" },
  });
  const headers = { "X-Key": new Secret("k3y") };
  assert.deepEqual(await failure(server, { headers }), {
    code: "bad-answer",
    message: `${BASE} redirects (302) to https://sso.example/login.`,
    hint: "If that is the right server, name it in metrics.prometheus.url; if it is a login page, credentials are missing.",
  });
  assert.equal(server.seen.length, 1);
});

test("a web page instead of JSON", async () => {
  await using server = await script({ body: "<!doctype html><title>Grafana</title>" });
  const message = `${BASE} sends a web page (HTML) instead of JSON.`;
  assert.deepEqual(await failure(server), { code: "bad-answer", message, hint: CHECK_API });
});

test("JSON that is cut, no JSON, other JSON", async () => {
  const sends = async (body: string, what: string) => {
    await using server = await script({ body, headers: { "Content-Type": "application/json" } });
    const message = `${BASE} sends ${what}.`;
    assert.deepEqual(await failure(server), { code: "bad-answer", message, hint: CHECK_API });
  };
  await sends('{"status":"success","data":{', "JSON that breaks off after 28 characters");
  await sends("", "no JSON");
  await sends("pong", "no JSON");
  await sends('{"hello":"world"}', "no answer of the Prometheus API");
  await sends("[]", "no answer of the Prometheus API");
  await sends(
    '{"status":"success","data":{"resultType":"string","result":[0,"x"]}}',
    "something else than a vector",
  );
});

test("an endless answer is cut off", async () => {
  let sent = 0;
  await using server = await startScriptedServer((request, response) => {
    request.resume();
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(65_536))) sent += 65_536;
    };
    response.on("drain", more);
    more();
  });
  assert.deepEqual(await failure(server, {}, 2 * 1024 * 1024), {
    code: "too-large",
    message: `${BASE} answers one question with more than 2 MiB.`,
    hint: "The query gives far more series than one signal needs: wrap it in sum() or max(), or narrow it with match.",
  });
  assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were sent`);
});

test("a packed answer is measured unpacked", async () => {
  await using server = await startScriptedServer((request, response) => {
    request.resume();
    response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(Buffer.alloc(8 * 1024 * 1024)));
  });
  assert.equal((await failure(server, {}, 1024 * 1024)).code, "too-large");
});

test("gzip that is none", async () => {
  await using server = await startScriptedServer((request, response) => {
    request.resume();
    response.writeHead(200, { "Content-Encoding": "gzip" }).end("plain text");
  });
  assert.deepEqual(await failure(server), {
    code: "bad-answer",
    message: `${BASE}: the gzip answer cannot be unpacked.`,
    hint: "A proxy in between may have cut or changed it.",
  });
});

test("a server that does not answer in time, before or amid the body", async () => {
  for (const start of ["", '{"status":']) {
    await using server = await startScriptedServer((request, response) => {
      request.resume();
      if (start !== "") response.write(start);
    });
    assert.deepEqual(await failure(server, { timeoutMs: 80 }), {
      code: "timeout",
      message: `${BASE} did not answer within 0.08 s.`,
      hint: "The server is busy or the query is heavy: raise metrics.prometheus.timeout, or ask for a shorter span.",
    });
  }
});

const CHECK_URL = "Check metrics.prometheus.url, and that the server is up.";

test("a connection that is cut, before or amid the answer, four times over", async () => {
  for (const amid of [false, true]) {
    let asked = 0;
    await using server = await startScriptedServer((request, response) => {
      asked++;
      if (amid) response.writeHead(200, { "Content-Length": 100 }).write('{"status"');
      setTimeout(() => request.socket.destroy(), 10);
    });
    const message = `${BASE}: the connection was cut.`;
    assert.deepEqual(await failure(server), { code: "unreachable", message, hint: CHECK_URL });
    assert.equal(asked, 4);
  }
});

test("nobody listens", async () => {
  const { origin } = await (async () => {
    await using server = await startScriptedServer(() => undefined);
    return server;
  })();
  const message = `${BASE}: the connection was refused.`;
  assert.deepEqual(await failure({ origin }), { code: "unreachable", message, hint: CHECK_URL });
});

test("a name nobody knows", async () => {
  const origin = "http://prometheus.invalid:9090";
  const { code, message } = await failure({ origin });
  assert.equal(code, "unreachable");
  assert.match(
    message,
    /^SERVER\/prom\/api\/v1\/query: the name (does not resolve|server does not answer)\.$/,
  );
});

test("secrets stay out of errors even when the server repeats them", async () => {
  const secret = Buffer.from("me:s3cret").toString("base64");
  const json = { status: "error", error: `bad header Basic ${secret} (s3cret)` };
  await using server = await script({ status: 401, json });
  const { message } = await failure(server, { username: "me", password: new Secret("s3cret") });
  assert.equal(
    message,
    `${BASE} does not accept the credentials (401): bad header Basic [redacted] ([redacted]).`,
  );
});

test("an address that is none, or holds more than an address", () => {
  const wrong = (url: string, message: string) =>
    assert.throws(() => connect(url), { code: "config", message });
  wrong("prometheus:9090", "metrics.prometheus.url is not an http:// or https:// address.");
  wrong("not an address", "metrics.prometheus.url is not an http:// or https:// address.");
  wrong("https://me:s3cret@p.example", "metrics.prometheus.url holds more than an address.");
  wrong("https://p.example/?token=x", "metrics.prometheus.url holds more than an address.");
});
