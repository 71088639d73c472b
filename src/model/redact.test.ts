import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { redactText, redactValue } from "./redact.ts";
import { isSecretName } from "./secretName.ts";
import { secretValue } from "./secretValue.ts";

const SECRET = "s3cr3t-Zx9Qq";

test("names that say their value is a secret, and names that do not", () => {
  const secret = [
    "POSTGRES_PASSWORD",
    "PGPASSWORD",
    "password",
    "db-password",
    "apiToken",
    "DJANGO_SECRET_KEY",
    "api_key",
    "requirepass",
    "CELERY_ENCRYPTION_KEY",
    "clientSecret",
    "SENTRY_DSN",
    "REDISCLI_AUTH",
    "AWS_SECRET_ACCESS_KEY",
    "private-key",
  ];
  const plain = [
    "secretName",
    "secretKeyRef",
    "token-file",
    "tokenFile",
    "topologyKey",
    "key",
    "DATABASE_URL",
    "passwordSecretRef",
    "imagePullSecrets",
    "PUBLIC_KEY",
    "auth",
    "monkey",
    "TOKEN_TTL",
  ];
  assert.deepEqual(
    secret.filter((name) => !isSecretName(name)),
    [],
  );
  assert.deepEqual(plain.filter(isSecretName), []);
});

test("what goes, and what stays", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["postgres://glaze:pw@glaze-postgres:5432/glaze", "postgres://[redacted]@glaze-postgres:5432/glaze"],
    ["redis://:p@ss/w#rd@redis:6379/0", "redis://[redacted]@redis:6379/0"],
    ["postgres://glaze:$(PASSWORD)@db:5432/glaze", "postgres://glaze:$(PASSWORD)@db:5432/glaze"],
    ["postgres://u:ab$(PASSWORD)@db", "postgres://[redacted]$(PASSWORD)@db"],
    ["postgres://{{ .user }}:{{ .password }}@db/x", "postgres://{{ .user }}:{{ .password }}@db/x"],
    ["https://ghtoken@github.com/glaze", "https://[redacted]@github.com/glaze"],
    ["ssh://git@github.com/glaze", "ssh://git@github.com/glaze"],
    ["https://registry.example:5000/@scope/pkg", "https://registry.example:5000/@scope/pkg"],
    ["export PGPASSWORD=pw; pg_dump", "export PGPASSWORD=[redacted]; pg_dump"],
    ["token: abc", "token: [redacted]"],
    ["Environment=DB_PASSWORD=pw A=1", "Environment=DB_PASSWORD=[redacted] A=1"],
    [`Environment="DB_PASSWORD=pw" A=1`, `Environment="DB_PASSWORD=[redacted]" A=1`],
    ['{"password": "pw", "user": "glaze"}', '{"password": "[redacted]", "user": "glaze"}'],
    ["k3s agent --token abc --node-ip 10.0.0.1", "k3s agent --token [redacted] --node-ip 10.0.0.1"],
    ["requirepass foobared", "requirepass [redacted]"],
    ["password: {{ .Values.password }}", "password: {{ .Values.password }}"],
    ["secretName: glaze-env\ntoken-file: /etc/token", "secretName: glaze-env\ntoken-file: /etc/token"],
    ["Authorization: Bearer abcdefghij", "Authorization: Bearer [redacted]"],
    [`K10${"a".repeat(64)}::server:deadbeef x`, "[redacted] x"],
    ["password: |\n  one\n  two\nuser: glaze\n", "password: |\n  [redacted]\n  [redacted]\nuser: glaze\n"],
    [
      "a\n-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nb",
      "a\n[redacted]\n[redacted]\n[redacted]\nb",
    ],
    ["the token is renewed every hour", "the token is renewed every hour"],
    [
      "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----",
      "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----",
    ],
  ];
  for (const [text, expected] of cases) assert.equal(redactText(text), expected);
  assert.equal(redactValue("API_KEY", "abc"), "[redacted]");
  assert.equal(redactValue("DATABASE_URL", "postgres://u:p@h/d"), "postgres://[redacted]@h/d");
});

test("a secret planted in any of these places never comes through, and twice is as once", () => {
  const password = fc.stringMatching(/^[A-Za-z0-9!%^*_+.~/@#?=-]{0,12}$/).map((tail) => `${SECRET}${tail}`);
  const plain = fc.stringMatching(/^[a-z]{1,8}$/);
  const place = fc.constantFrom<(secret: string, word: string) => string>(
    (secret, word) => `postgres://${word}:${secret}@${word}:5432/${word}`,
    (secret, word) => `REDIS=redis://:${secret}@${word}/0`,
    (secret, word) => `${word.toUpperCase()}_PASSWORD=${secret}`,
    (secret, word) => `${word}:\n  dbPassword: ${secret}\n  ${word}: 1\n`,
    (secret, word) => `{"${word}Token":"${secret}","n":1}`,
    (secret, word) => `${word} --api-key=${secret} ${word}`,
    (secret, word) => `${word} --password '${secret}' ${word}`,
    (secret, word) => `client_secret: |\n  ${secret}\n${word}: 1\n`,
    (secret, word) =>
      `${word}\n-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----\n${word}`,
  );
  fc.assert(
    fc.property(place, password, plain, plain, (planted, secret, word, around) => {
      const text = `${around}\n${planted(secret, word)}\n${around}`;
      const redacted = redactText(text);
      assert.ok(!redacted.includes(SECRET), `${text} became ${redacted}`);
      assert.equal(redactText(redacted), redacted);
      assert.equal(redacted.split("\n").length, text.split("\n").length);
      assert.ok(redacted.startsWith(around) && redacted.endsWith(around), redacted);
    }),
    { numRuns: 3_000 },
  );
});

test("lower-case prose and plain settings are left as they are", () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/).filter((text) => !isSecretName(text));
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), (pairs) => {
      const text = pairs.map(([name, value]) => `${name}: ${value}`).join("\n");
      assert.equal(redactText(text), text);
    }),
  );
});

test("of a secret: where it points, and no more", () => {
  const say = (text: string) => secretValue(text, (host) => host === "glaze-postgres");
  assert.deepEqual(say("postgres://u:p@db.example:25060/glaze?sslmode=require&password=x"), {
    redacted: true,
    url: {
      scheme: "postgres",
      host: "db.example",
      port: 25060,
      path: "/glaze",
      parameters: { sslmode: "require" },
    },
  });
  assert.deepEqual(say("glaze-postgres\n"), { redacted: true, service: "glaze-postgres" });
  assert.deepEqual(say("https://hooks.example/T00/B00/secret"), {
    redacted: true,
    url: { scheme: "https", host: "hooks.example", port: null, path: "" },
  });
  for (const text of ["pw", "", "postgres://u:12#3@db/x", "postgres://u:p/w@db/x", "a://b c"]) {
    assert.deepEqual(say(text), { redacted: true });
  }
});
