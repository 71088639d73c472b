import { decide } from "./decide.ts";
import { joinSecondHost } from "./join.ts";
import { movePostgres } from "./movePostgres.ts";

/** `make demo`: one part of the product after the other, each in a file of its own and on real servers. */
async function demo(): Promise<void> {
  await decide();
  await joinSecondHost();
  await movePostgres();
}

await demo().catch((error: Error) => {
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = 1;
});
