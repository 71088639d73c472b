import { startServer } from "./postgres/server.ts";

/** Debian's PostgreSQL 15 on a free loopback port, open to everybody on this machine. */
export interface LabPostgres extends AsyncDisposable {
  readonly port: number;
  /** The superuser's, without a password: the server listens on loopback only. */
  readonly url: string;
}

export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<LabPostgres> {
  const server = await startServer({ settings });
  return {
    port: server.port,
    url: `postgres://postgres@127.0.0.1:${server.port}/postgres`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
