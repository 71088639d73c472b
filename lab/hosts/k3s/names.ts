import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";

/**
 * A name server over UDP: whatever A record is asked for, it is the address given as the first argument. The second
 * is a file that tells when it listens.
 * Enough to see whether DNS passes: https://www.rfc-editor.org/rfc/rfc1035#section-4
 */
const address = (process.argv[2] ?? "").split(".").map(Number);
const socket = createSocket("udp4");

socket.on("message", (query, from) => {
  const question = query.subarray(12, endOfQuestion(query));
  const header = Buffer.from([0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  query.copy(header, 0, 0, 2);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, ...address]);
  socket.send(Buffer.concat([header, question, record]), from.port, from.address);
});
socket.bind(53, () => writeFileSync(process.argv[3] ?? "", ""));

/** Behind the labels come type and class, two bytes each. */
function endOfQuestion(query: Buffer): number {
  let at = 12;
  while (at < query.length && query[at] !== 0) at += (query[at] ?? 0) + 1;
  return at + 5;
}
