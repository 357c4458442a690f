import { expect, it } from "vitest";
import { pageAt } from "./pages.js";

const bench = pageAt("bench/README.md").text;
const page = pageAt("docs/comparison.md").text;
/** Figures differ from run to run, and get better; a page that is off by more than this is out of date. */
const TOLERANCE = 3;

const MANY = "1,000 subscribers of one topic, 128 B";
const FEW = "100 subscribers of one topic, 128 B";
const PRODUCES = "Durable produces on one connection, 128 B, 256 under way";
const CALLS = "Durable produces through a client on one connection, 128 B, 1000 calls under way";
const REDIS = "Redis XADD, appendfsync always";

/** The cells of the rows of every table of a text. */
function rowsOf(text: string): string[][] {
  const rows = text.split("\n").filter((line) => line.startsWith("|"));
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The ratio in the table of a measure, in a section of the benchmarks' page. */
function measured(section: string, measure: string, name: string, other: string): number {
  const [, figures = ""] = bench.split(`### ${section}\n`);
  const [, table = ""] = figures.split(`**${measure}**\n`);
  const row = rowsOf(table).find(([first, , third]) => first === name && third === other);
  return Number(row?.[4]);
}

/** What the page says in the row that starts with a text. */
function said(row: string, column: number): number {
  return Number(rowsOf(page).find(([first]) => first === row)?.[column]);
}

const CPU = "server CPU per delivery";
const deliveries = ["stock tRPC", "Aedes", "naive ws", "Socket.IO", "NATS", "Redis"].flatMap((other) => [
  [`${other}, 1,000 subscribers`, said(other, 1), measured(MANY, CPU, "rtmsg", other)] as const,
  [`${other}, 100 subscribers`, said(other, 2), measured(FEW, CPU, "rtmsg", other)] as const,
]);
const batches = (size: number): number => measured(PRODUCES, "events", `rtmsg, 4 batches of ${size}`, REDIS);
const calls = (other: string): number => measured(CALLS, "events produced", "@rtmsg/client", other);
const SINGLE = "single calls through the client, beside";
const produces = [
  ["batches of 256", said("batches of 256, beside Redis Streams with `appendfsync always`", 1), batches(256)],
  ["batches of 64", said("batches of 64, beside the same", 1), batches(64)],
  ["calls, Redis", said(`${SINGLE} raw bytes to Redis`, 1), calls(REDIS)],
  [
    "calls, Socket.IO",
    said(`${SINGLE} Socket.IO, which keeps nothing`, 1),
    calls("socket.io-client, keeps nothing"),
  ],
  ["calls, tRPC", said(`${SINGLE} \`@trpc/client\``, 1), calls("@trpc/client")],
] as const;

it.each([...deliveries, ...produces])(
  "docs/comparison.md says of %s what was measured",
  (_of, ratio, newest) => {
    expect(ratio).toBeGreaterThan(newest / TOLERANCE);
    expect(ratio).toBeLessThan(newest * TOLERANCE);
  },
);
