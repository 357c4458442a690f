import { Command } from "commander";
import { createReadStream, fstatSync, openSync } from "node:fs";
import { withClient } from "../broker-client.js";
import { CliError } from "../cli-error.js";
import { importLines, type Imported } from "../import-lines.js";
import { count } from "../io/amounts.js";
import { note } from "../io/notes.js";
import { stdout } from "../io/output.js";
import { urlOption } from "../url-option.js";
import type { Urls } from "../urls.js";
import { collectSelections } from "../values.js";

interface ImportFlags {
  readonly only?: readonly string[];
  readonly json?: boolean;
  readonly url: Urls;
}

/** `rtmsg import`. */
export function importCommand(): Command {
  return new Command("import")
    .description("Store events that rtmsg export has written, from a file or standard input.")
    .argument("[file]", "the export (default: standard input)")
    .option("--only <topic...>", "only events of these topics and patterns", collectSelections)
    .option("--json", "print what was done as JSON")
    .addOption(urlOption())
    .addHelpText(
      "after",
      `
Events keep their order, ids, keys, headers and data, and their times: but
within a log times never go back, so where the log has later events, an event
gets the time of the last one. Schemas do not check the events again. It takes
the right "admin".

An import that ended early is run again: the broker knows by their cursors
which events it has. For each topic an import only goes forward: what comes
before an event that was imported from the same log is taken for imported.
An event that is refused ends it.

Examples:
  rtmsg import log.ndjson
  gunzip -c orders.ndjson.gz | rtmsg import --only 'orders.*'
  rtmsg export --url old:3030 | rtmsg import --url new:3030`,
    )
    .action(importEvents);
}

async function importEvents(file: string | undefined, flags: ImportFlags): Promise<void> {
  await withClient(flags.url, async (client) => {
    // Not before: Node finds no modules in linked packages any more once standard input was looked at.
    const { input, bytes } = openInput(file);
    if (file === undefined && process.stdin.isTTY) note("Each line is an event; Ctrl-D ends.");
    const imported = await importLines(client, { input, bytes, only: flags.only });
    await stdout.line(flags.json === true ? JSON.stringify(imported) : describe(imported));
  });
}

function describe({ stored, duplicates, retimed, skipped }: Imported): string {
  const there = duplicates > 0 ? `; ${count(duplicates, "event")} had been imported before` : "";
  const others = skipped > 0 ? `; ${count(skipped, "event")} of other topics left out` : "";
  const times =
    retimed > 0 ? `; ${count(retimed, "event")} could not keep their time, as the log has later ones` : "";
  return `Imported ${count(stored, "event")}${there}${others}${times}`;
}

/** The input, and how long it is where that is known. */
function openInput(file: string | undefined): {
  readonly input: NodeJS.ReadableStream & AsyncIterable<Buffer>;
  readonly bytes: number | undefined;
} {
  try {
    const handle = file === undefined ? 0 : openSync(file, "r");
    const stat = fstatSync(handle);
    const bytes = stat.isFile() ? stat.size : undefined;
    const stream = file === undefined ? process.stdin : createReadStream(file, { fd: handle });
    return { input: stream as NodeJS.ReadableStream & AsyncIterable<Buffer>, bytes };
  } catch (cause) {
    throw new CliError(`The export cannot be read: ${(cause as Error).message}`, undefined, { cause });
  }
}
