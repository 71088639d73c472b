import assert from "node:assert/strict";
import { test } from "node:test";
import { freePort } from "../../lab/port.ts";
import { type ScriptedServer, startScriptedServer } from "../../lab/scriptedServer.ts";
import { outsideEye } from "./outsideEye.ts";

function listener(): Promise<ScriptedServer> {
  return startScriptedServer((_, response) => response.end());
}

test("a door that takes connections is open, one that nobody answers at is not", async () => {
  await using server = await listener();
  const answers = outsideEye(await freePort());
  assert.equal(await answers("127.0.0.1", server.port), true);
  assert.equal(await answers("127.0.0.1", await freePort()), false);
});

test("where every port takes connections, that one does says nothing", async () => {
  await using server = await listener();
  await using proxy = await listener();
  assert.equal(await outsideEye(proxy.port)("127.0.0.1", server.port), false);
});
