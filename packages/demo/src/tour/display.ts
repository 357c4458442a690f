const BAR_WIDTH = 24;

/** Where the tour says what it does. */
export interface Display {
  /** A step begins. */
  step(number: number, total: number, title: string, explanation: string): void;
  /** How far a long part of the step is. */
  progress(done: number, total: number): void;
  /** A promise held. */
  ok(what: string): void;
  /** A promise did not hold, or the step could not be done. */
  failed(what: string): void;
}

/** Prints to a terminal, with a bar that moves; to anything else line by line, without the bar. */
export function printingDisplay(
  out: Pick<NodeJS.WriteStream, "write"> & { readonly isTTY?: boolean } = process.stdout,
): Display {
  const line = (text: string): void => void out.write(`${out.isTTY === true ? "\r\u001B[K" : ""}${text}\n`);
  return {
    step: (number, total, title, explanation) =>
      line(`\n[${number}/${total}] ${title}\n      ${explanation}`),
    progress: (done, total) => {
      if (out.isTTY !== true) return;
      const filled = Math.round((done / total) * BAR_WIDTH);
      const bar = "#".repeat(filled).padEnd(BAR_WIDTH, ".");
      out.write(`\r\u001B[K      [${bar}] ${done} of ${total}`);
    },
    ok: (what) => line(`  ok  ${what}`),
    failed: (what) => line(`  NOT OK  ${what}`),
  };
}
