/** Says something on standard error; a line that is drawn there is taken away first. */
export function note(text: string): void {
  drawn?.clear();
  process.stderr.write(`${text}\n`);
}

/** A line at the bottom of the terminal that is drawn again and again. */
export interface DrawnLine {
  clear(): void;
}

let drawn: DrawnLine | undefined;

/** Takes it that a line is being drawn, or that none is any more. */
export function setDrawnLine(line: DrawnLine | undefined): void {
  drawn = line;
}
