import { Command } from "commander";
import { CliError } from "../cli-error.js";
import { downloadBackup } from "../download-backup.js";
import { describeSize } from "../io/amounts.js";
import { stdout } from "../io/output.js";
import { requireBroker } from "../reach.js";
import { urlOption } from "../url-option.js";
import type { Urls } from "../urls.js";

interface BackupFlags {
  readonly data?: string;
  readonly json?: boolean;
  readonly url: Urls;
}

/** `rtmsg backup`. */
export function backupCommand(): Command {
  return new Command("backup")
    .description("Copy a broker's log, as it is at one moment, into a folder.")
    .argument("<folder>", "the folder for the copy, which must not hold a log")
    .option("--data <folder>", "copy this data folder, which no broker holds, instead of asking a broker")
    .option("--json", "print what was made as JSON")
    .addOption(urlOption())
    .addHelpText(
      "after",
      `
A broker that runs goes on meanwhile. It makes the copy on its own disk first,
which needs the room of the log there, and sends it. It takes the right
"admin", and the engine lmdb.

The copy is a data folder. To restore it, stop the broker and start it on the
copy, or on a copy of that. The log has a new epoch then: a subscriber that
goes on at a cursor of before is told of a gap, and misses nothing silently.

Examples:
  rtmsg backup backups/monday
  rtmsg verify backups/monday
  rtmsg serve --data backups/monday
  rtmsg backup --data .rtmsg backups/offline`,
    )
    .action(backup);
}

async function backup(folder: string, { data, json, url }: BackupFlags): Promise<void> {
  const { bytes } = data === undefined ? await download(url, folder) : await copy(data, folder);
  const words = `Backed up ${describeSize(bytes)} to ${folder}. Check it with: rtmsg verify ${folder}`;
  await stdout.line(json === true ? JSON.stringify({ folder, bytes }) : words);
}

async function download(urls: Urls, folder: string): Promise<{ readonly bytes: number }> {
  const [url] = await requireBroker(urls);
  return downloadBackup(url, folder);
}

async function copy(data: string, folder: string): Promise<{ readonly bytes: number }> {
  // Loaded here, so that the other commands start sooner.
  const { backupLog } = await import("@rtmsg/server");
  return backupLog(data, folder).catch((cause: unknown) => {
    throw new CliError((cause as Error).message, undefined, { cause });
  });
}
