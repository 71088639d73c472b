import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";

/** A server on a free loopback port that answers as the test says; closed with all its connections by `using`. */
export interface ScriptedServer extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
}

/** Starts one; with `tls` (PEM texts) it speaks HTTPS. */
export async function startScriptedServer(
  answer: RequestListener,
  tls?: { readonly key: string; readonly cert: string },
): Promise<ScriptedServer> {
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    port: address.port,
    origin: `${tls === undefined ? "http" : "https"}://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
