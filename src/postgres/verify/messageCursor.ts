/** Reads a binary message from its beginning to its end. */
export interface MessageCursor {
  letter(): string;
  int16(): number;
  int32(): number;
  /** Up to the zero byte. */
  text(): string;
  /** A length, then so many bytes of text. */
  sized(): string;
  skip(bytes: number): void;
  isAtEnd(): boolean;
}

export function createCursor(message: Buffer): MessageCursor {
  let at = 0;
  const step = (bytes: number) => {
    at += bytes;
    return at - bytes;
  };
  return {
    letter: () => String.fromCharCode(message.readUInt8(step(1))),
    int16: () => message.readInt16BE(step(2)),
    int32: () => message.readUInt32BE(step(4)),
    text() {
      const end = message.indexOf(0, at);
      const value = message.toString("utf8", at, end);
      at = end + 1;
      return value;
    },
    sized() {
      const length = message.readUInt32BE(step(4));
      return message.toString("utf8", at, step(length) + length);
    },
    skip(bytes) {
      at += bytes;
    },
    isAtEnd: () => at >= message.length,
  };
}
