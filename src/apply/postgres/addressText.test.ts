import assert from "node:assert/strict";
import { test } from "node:test";
import { type NewServer, readdressed } from "./addressText.ts";

const FROM = {
  names: {
    names: [
      { namespace: "default", name: "glaze-postgres" },
      { namespace: "default", name: "db" },
    ],
    address: "10.43.0.7",
  },
  port: 5432,
};
const TO: NewServer = { host: "private-db.example.com", port: 25060, needsTls: true };

const CASES: readonly (readonly [now: string, next: string | null])[] = [
  [
    "postgres://glaze:pw@glaze-postgres:5432/glaze",
    "postgres://glaze:pw@private-db.example.com:25060/glaze?sslmode=require",
  ],
  [
    "postgresql://glaze@glaze-postgres/glaze",
    "postgresql://glaze@private-db.example.com:25060/glaze?sslmode=require",
  ],
  [
    "postgres://u:p@glaze-postgres.default.svc.cluster.local:5432/g?sslmode=disable&connect_timeout=5",
    "postgres://u:p@private-db.example.com:25060/g?connect_timeout=5&sslmode=require",
  ],
  [
    "postgresql+asyncpg://u:p@10.43.0.7:5432/g",
    "postgresql+asyncpg://u:p@private-db.example.com:25060/g?ssl=require",
  ],
  [
    "postgres://u:p@db/g?sslmode=verify-full",
    "postgres://u:p@private-db.example.com:25060/g?sslmode=verify-full",
  ],
  // The password is the server's name, or has the signs of a URL in it.
  [
    "postgres://u:glaze-postgres@glaze-postgres:5432/glaze-postgres",
    "postgres://u:glaze-postgres@private-db.example.com:25060/glaze-postgres?sslmode=require",
  ],
  [
    "postgres://u:a/b@c@glaze-postgres:5432/g",
    "postgres://u:a/b@c@private-db.example.com:25060/g?sslmode=require",
  ],
  [
    "postgres://$(POSTGRES_USER):$(POSTGRES_PASSWORD)@glaze-postgres-0.glaze-postgres:5432/glaze",
    "postgres://$(POSTGRES_USER):$(POSTGRES_PASSWORD)@private-db.example.com:25060/glaze?sslmode=require",
  ],
  [
    "postgres://u@$(DB_SERVICE_HOST):$(DB_SERVICE_PORT)/g",
    "postgres://u@private-db.example.com:25060/g?sslmode=require",
  ],
  [
    "postgres://u@glaze-postgres:$(PGPORT)/g",
    "postgres://u@private-db.example.com:$(PGPORT)/g?sslmode=require",
  ],
  [
    "jdbc:postgresql://glaze-postgres:5432/glaze?user=u",
    "jdbc:postgresql://private-db.example.com:25060/glaze?user=u&sslmode=require",
  ],
  ["glaze-postgres", "private-db.example.com"],
  ["host=glaze-postgres port=5432 dbname=glaze", "host=private-db.example.com port=25060 dbname=glaze"],
  ["[db]\nhost: db\nport: 5432\n", "[db]\nhost: private-db.example.com\nport: 25060\n"],
  ["--wait=glaze-postgres:5432", "--wait=private-db.example.com:25060"],
  // Not this server, or not this service of it.
  ["postgres://u:p@my-glaze-postgres:5432/g", "postgres://u:p@my-glaze-postgres:5432/g"],
  ["postgres://u:p@glaze-postgres.staging:5432/g", "postgres://u:p@glaze-postgres.staging:5432/g"],
  ["http://glaze-postgres:9187/metrics", "http://glaze-postgres:9187/metrics"],
  ["redis://glaze-redis:6379/0", "redis://glaze-redis:6379/0"],
  // Two ports it may be, or none: nobody can tell.
  ["host: db\nport: 5432\nother:\n  port: 5432\n", null],
  ["host: glaze-postgres\n", null],
];

test("an address is replaced where it is the server's, and nowhere else", () => {
  for (const [now, next] of CASES) {
    assert.equal(readdressed(now, "default", FROM, TO), next, now);
    if (next !== null) assert.equal(readdressed(next, "default", FROM, TO), next, `once more: ${now}`);
  }
});

test("from another namespace the bare name means another server", () => {
  const text = "postgres://u@db/g postgres://u@db.default/g";
  assert.equal(
    readdressed(text, "shop", FROM, TO),
    "postgres://u@db/g postgres://u@private-db.example.com:25060/g?sslmode=require",
  );
});

test("the usual port is not written where none was, and TLS is not asked for where there is none", () => {
  const plain = { host: "10.116.0.9", port: 5432, needsTls: false };
  assert.equal(readdressed("postgres://u@db/g", "default", FROM, plain), "postgres://u@10.116.0.9/g");
  assert.equal(readdressed("host: db\n", "default", FROM, plain), "host: 10.116.0.9\n");
});

test("an address composed of a variable that holds the host keeps the variable", () => {
  const from = { ...FROM, variables: ["DB_HOST"] };
  const next = "postgres://u@$(DB_HOST):25060/g?sslmode=require";
  assert.equal(readdressed("postgres://u@$(DB_HOST):5432/g", "default", from, TO), next);
  assert.equal(readdressed(next, "default", from, TO), next);
});
