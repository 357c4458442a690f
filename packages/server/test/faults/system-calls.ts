/** One system call of a traced process. */
export interface SystemCall {
  readonly name: string;
  /** The arguments and the result, as strace shows them. */
  readonly text: string;
  /** When it was made and when it returned: places in the trace. */
  readonly start: number;
  readonly end: number;
}

/** Reads what `strace -f -o` wrote, in the order in which the calls returned. */
export function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { text: string; start: number }>();
  for (const [place, line] of trace.split("\n").entries()) {
    const [, thread = "", rest = ""] = /^(\d+)\s+(.*)$/s.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest);
    let { text, start } = { text: rest, start: place };
    if (resumed !== null) {
      const begun = unfinished.get(thread);
      if (begun === undefined) continue;
      unfinished.delete(thread);
      text = begun.text + (resumed[1] as string);
      start = begun.start;
    } else if (rest.endsWith(" <unfinished ...>")) {
      unfinished.set(thread, { text: rest.slice(0, -" <unfinished ...>".length), start });
      continue;
    }
    const name = /^(\w+)\(/.exec(text)?.[1];
    if (name !== undefined) calls.push({ name, text, start, end: place });
  }
  return calls;
}

/** What left a process, as a text to look for in what it wrote to its sockets. */
export interface Sent {
  /** What identifies the event in the data file. */
  readonly stored: string;
  /** What was sent once it was stored. */
  readonly sent: string;
}

/**
 * Finds what a traced broker sent before the event behind it was on disk: written to the data file, synced,
 * and then named by the file's record of the commit, which is written to a descriptor that syncs by itself.
 *
 * @param calls - of the whole run, from before the file was opened
 * @param file - the data file
 * @returns what was sent too early, or never, in words
 */
export function sentBeforeSync(
  calls: readonly SystemCall[],
  file: string,
  sent: readonly Sent[],
): readonly string[] {
  const isOf = ({ text }: SystemCall): boolean => text.includes(`<${file}>`);
  const synchronous = new Set<string>();
  for (const { name, text } of calls) {
    const descriptor = /O_DSYNC.* = (\d+)</.exec(text)?.[1];
    if (name === "openat" && text.includes(`"${file}"`) && descriptor !== undefined) {
      synchronous.add(descriptor);
    }
  }
  const isSynchronous = ({ text }: SystemCall): boolean =>
    synchronous.has(/^\w+\((\d+)/.exec(text)?.[1] ?? "");
  const writes = calls.filter((call) => /^p?writev?(64)?$/.test(call.name));
  const data = writes.filter((call) => isOf(call) && !isSynchronous(call));
  const records = writes.filter((call) => isOf(call) && isSynchronous(call));
  const syncs = calls.filter(
    (call) => /^f(data)?sync$/.test(call.name) && isOf(call) && / = 0( \(DELAYED\))?$/.test(call.text),
  );
  const leaving = writes.filter(({ text }) => /^\w+\(\d+<(TCP|socket):/.test(text));

  const problems: string[] = [];
  for (const event of sent) {
    const reply = leaving.find(({ text }) => text.includes(event.sent));
    const stored = data.find(({ text }) => text.includes(event.stored));
    const sync = syncs.find(({ start }) => stored !== undefined && start > stored.end);
    const record = records.find(({ start }) => sync !== undefined && start > sync.end);
    if (reply === undefined) problems.push(`${event.sent} was not sent`);
    else if (record === undefined || record.end > reply.start)
      problems.push(`${event.sent} was sent too early`);
  }
  return problems;
}
