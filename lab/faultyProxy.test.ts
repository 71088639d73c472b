import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startFaultyProxy } from "./faultyProxy.ts";

const TEXT = "0123456789".repeat(100);

/** Says its text, and then what it hears. */
async function startSpeaker() {
  const heard: string[] = [];
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on("end", () => socket.end());
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => heard.push(chunk.toString()));
    socket.write(TEXT);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    count: () => open.size,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function listen(port: number) {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const state = { text: "", ended: false, error: "" };
  socket.on("data", (chunk) => {
    state.text += chunk.toString();
  });
  socket.on("end", () => {
    state.ended = true;
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    state.error = error.code ?? "";
  });
  await once(socket, "connect");
  const until = async (isSo: () => boolean) => {
    for (let tries = 0; !isSo() && tries < 200; tries++) await sleep(10);
    assert.ok(isSo(), JSON.stringify(state));
  };
  return { state, socket, until, [Symbol.dispose]: () => void socket.destroy() };
}

test("it passes on, and cuts at the byte it was told, so many times", async () => {
  await using speaker = await startSpeaker();
  await using proxy = await startFaultyProxy({ port: speaker.port });
  proxy.plan({ kind: "cut", afterBytes: 7 }, 1);
  using first = await listen(proxy.port);
  await first.until(() => first.state.error !== "" || first.socket.closed);
  assert.equal(first.state.text, TEXT.slice(0, 7));
  using second = await listen(proxy.port);
  await second.until(() => second.state.text === TEXT);
  second.socket.write("hello");
  await second.until(() => speaker.heard.join("") === "hello");
  assert.equal(proxy.count(), 1);
  proxy.cutAll();
  await second.until(() => second.socket.closed);
  assert.equal(second.state.error, "ECONNRESET");
});

test("a stall keeps the connection and loses the rest", async () => {
  await using speaker = await startSpeaker();
  await using proxy = await startFaultyProxy({ port: speaker.port });
  proxy.plan({ kind: "stall", afterBytes: 10 });
  using client = await listen(proxy.port);
  await client.until(() => client.state.text.length === 10);
  client.socket.write("lost");
  await sleep(100);
  assert.deepEqual([client.state, speaker.heard], [{ text: TEXT.slice(0, 10), ended: false, error: "" }, []]);
});

test("half-closed, the client is still heard", async () => {
  await using speaker = await startSpeaker();
  await using proxy = await startFaultyProxy({ port: speaker.port });
  proxy.plan({ kind: "halfClose", afterBytes: 5 });
  using client = await listen(proxy.port);
  await client.until(() => client.state.ended);
  client.socket.write("still here");
  await client.until(() => speaker.heard.join("") === "still here");
  assert.equal(client.state.text, TEXT.slice(0, 5));
});

test("half-closed while it is open, the client is still heard", async () => {
  await using speaker = await startSpeaker();
  await using proxy = await startFaultyProxy({ port: speaker.port });
  using client = await listen(proxy.port);
  await client.until(() => client.state.text === TEXT);
  proxy.halfCloseAll();
  await client.until(() => client.state.ended);
  client.socket.write("still here");
  await client.until(() => speaker.heard.join("") === "still here");
});

test("half-open, one end is over, and the other does not hear of it", async () => {
  await using speaker = await startSpeaker();
  await using proxy = await startFaultyProxy({ port: speaker.port });
  using believing = await listen(proxy.port);
  await believing.until(() => believing.state.text === TEXT && speaker.count() === 1);
  proxy.halfOpenAll("client");
  await believing.until(() => speaker.count() === 0);
  believing.socket.write("lost");
  using knowing = await listen(proxy.port);
  await knowing.until(() => knowing.state.text === TEXT && speaker.count() === 1);
  proxy.halfOpenAll("server");
  await knowing.until(() => knowing.state.ended);
  assert.deepEqual([believing.state.ended, believing.state.error, speaker.count()], [false, "", 1]);
  assert.deepEqual(speaker.heard, []);
});

test("slow is slow, and whole in the end; held says nothing; refused is over", async () => {
  await using speaker = await startSpeaker();
  await using proxy = await startFaultyProxy({ port: speaker.port });
  proxy.plan({ kind: "slow", bytesPerSecond: 2_000 }, 1);
  proxy.plan({ kind: "hold" }, 1);
  proxy.plan({ kind: "refuse" }, 1);
  using slow = await listen(proxy.port);
  await slow.until(() => slow.state.text.length > 0);
  assert.ok(slow.state.text.length < TEXT.length);
  using held = await listen(proxy.port);
  await assert.rejects(once(connect(proxy.port, "127.0.0.1"), "data"), { code: "ECONNRESET" });
  await slow.until(() => slow.state.text === TEXT);
  assert.equal(held.state.text, "");
  assert.equal(held.socket.closed, false);
});
