import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { test } from "node:test";
import { startSshd } from "../../lab/sshd.ts";
import { createSshSession } from "./sshSession.ts";
import { sshTarget } from "./target.ts";

test("a server behind a host answers at a port of this machine, by many connections at once", async () => {
  await using sshd = await startSshd();
  await using echo = await startEcho();
  await using session = sessionOf(sshd.clientConfig);
  await using forward = await session.forward("127.0.0.1", echo.port);
  const words = Array.from({ length: 8 }, (_, index) => `word ${index} `.repeat(10_000));
  const answers = await Promise.all(words.map((word) => say(forward.port, word)));
  assert.deepEqual(answers, words);
});

test("what nobody listens at breaks at once, and a session that was cut is opened again", async () => {
  await using sshd = await startSshd();
  await using echo = await startEcho();
  await using session = sessionOf(sshd.clientConfig);
  await using nobody = await session.forward("127.0.0.1", 1);
  assert.equal(await say(nobody.port, "hello"), "");
  await using forward = await session.forward("127.0.0.1", echo.port);
  assert.equal(await say(forward.port, "before"), "before");
  await session
    .run({ words: ["sh", "-c", "kill -9 $(cat /proc/$PPID/stat | cut -d ' ' -f 4)"], effect: "changes" })
    .catch(() => undefined);
  for (let tries = 0; tries < 20; tries++) {
    if ((await say(forward.port, "after")) === "after") return;
  }
  assert.fail("the forward did not come back");
});

test("a host that is away is told as such before anybody uses its port", async () => {
  await using sshd = await startSshd();
  await using session = sessionOf(sshd.clientConfig);
  process.kill(sshd.pid, "SIGKILL");
  await assert.rejects(session.forward("127.0.0.1", 1), {
    message: "lab refused the connection: nothing listens there.",
  });
});

function sessionOf(configFile: string) {
  return createSshSession(sshTarget({ name: "lab", destination: "lab" }, { configFile }));
}

interface Echo extends AsyncDisposable {
  readonly port: number;
}

async function startEcho(): Promise<Echo> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

/** What comes back until as much has come as was sent, or the connection ends. */
async function say(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(text);
  let heard = "";
  for await (const chunk of socket) {
    heard += String(chunk);
    if (heard.length >= text.length) break;
  }
  return heard;
}
