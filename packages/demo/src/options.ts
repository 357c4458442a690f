import { parseArgs } from "node:util";

/** How the demo is called, as `--help` prints it. */
export const USAGE = `Usage: npm run demo -- [tour | orders] [--url <url>] [--follow] [--raw]

The test client: connects, produces an event on "newtopic" and prints it as it comes back.
Where no broker answers it starts one in its own process.

  tour         a walk through what rtmsg promises, each promise held against what happens:
               typed topics, replay, a killed broker, a gap, a duplicate, a slow consumer
  orders       the second example instead: declared topics, two subscribers, a replay
  --url <url>  the broker's address (default: http://127.0.0.1:3030, env: RTMSG_URL)
  --follow     stay, and print what comes, until Ctrl-C
  --raw        over the plain WebSocket, without @rtmsg/client: stays, and sends the
               last message back every 5 seconds
  --help       print this`;

/** What the demo is to do. */
export interface DemoOptions {
  readonly mode: "client" | "raw" | "orders" | "tour" | "help";
  /** Where the broker has to be; without, the local one, or else one of our own. */
  readonly url: string | undefined;
  readonly follow: boolean;
}

/**
 * Reads the command line.
 *
 * @throws TypeError when it is not understood
 */
export function readOptions(args: string[]): DemoOptions {
  const { values, positionals } = parse(args);
  const [example, ...rest] = positionals;
  if (rest.length > 0 || (example !== undefined && example !== "orders" && example !== "tour")) {
    throw new TypeError(`"${positionals.join(" ")}" is not an example: there are "tour" and "orders"`);
  }
  const mode = values.help ? "help" : (example ?? (values.raw ? "raw" : "client"));
  return { mode, url: values.url ?? process.env["RTMSG_URL"], follow: values.follow };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: "string" },
        follow: { type: "boolean", default: false },
        raw: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    // What comes after the first sentence is for programmers.
    const [problem = ""] = error instanceof Error ? error.message.split(/\. /) : [];
    throw new TypeError(`${problem}: see --help`, { cause: error });
  }
}
