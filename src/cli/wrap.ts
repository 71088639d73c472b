/** Breaks a text into lines of at most `width` at its spaces; its own line breaks stay, and a word too long stands alone. */
export function wrap(text: string, width: number): readonly string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, width));
}

/** Wraps a text behind a label; what follows stands under its beginning. */
export function wrapUnder(label: string, text: string, width: number): readonly string[] {
  const space = " ".repeat(label.length);
  return wrap(text, width - label.length).map((line, index) => `${index === 0 ? label : space}${line}`);
}

/** A line that is indented is a piece of a file or a command: it stays whole. */
function wrapLine(line: string, width: number): readonly string[] {
  if (line.length <= width || /^\s/.test(line)) return [line];
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
