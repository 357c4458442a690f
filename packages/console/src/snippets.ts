import type { From } from "@rtmsg/client";

/** An event as somebody would produce it. */
export interface Draft {
  readonly topic: string;
  /** The data as JSON text. */
  readonly json: string;
  readonly id?: string | undefined;
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Where a broker is, and whether it asks who one is. */
export interface Place {
  readonly url: string;
  readonly hasAuth: boolean;
}

/** A text as one word of a shell. */
function quoted(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function curl(place: Place, parts: readonly string[]): string {
  const auth = place.hasAuth ? [`-H "authorization: Bearer $RTMSG_TOKEN"`] : [];
  return ["curl", ...parts, ...auth].join(" \\\n  ").replace("curl \\\n  ", "curl ");
}

/** Produces an event with curl. A key and headers take the tRPC route: the plain one has no place for them. */
export function produceWithCurl(place: Place, { topic, json, id, key, headers }: Draft): string {
  const type = "-H 'content-type: application/json'";
  if (key === undefined && headers === undefined) {
    return curl(place, [
      `-X POST ${quoted(`${place.url}/produce/${encodeURIComponent(topic)}`)}`,
      type,
      ...(id === undefined ? [] : [`-H ${quoted(`idempotency-key: ${id}`)}`]),
      `-d ${quoted(compact(json))}`,
    ]);
  }
  const data = JSON.parse(json) as unknown;
  const body = JSON.stringify({ json: { topic, data, id, key, headers } });
  return curl(place, [`-X POST ${quoted(`${place.url}/trpc/produce`)}`, type, `-d ${quoted(body)}`]);
}

function compact(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return json;
  }
}

function client(place: Place): string {
  const token = place.hasAuth ? ", token: process.env.RTMSG_TOKEN" : "";
  return `import { createClient } from "@rtmsg/client";\n\nconst client = createClient({ url: ${JSON.stringify(place.url)}${token} });\n`;
}

/** Produces an event with the SDK. */
export function produceWithTypeScript(place: Place, { topic, json, id, key, headers }: Draft): string {
  const fields = [
    `  topic: ${JSON.stringify(topic)},`,
    `  data: ${json.trim().replaceAll("\n", "\n  ")},`,
    ...Object.entries({ id, key, headers }).flatMap(([name, value]) =>
      value === undefined ? [] : [`  ${name}: ${JSON.stringify(value)},`],
    ),
  ];
  return `${client(place)}
const receipt = await client.produce.mutate({
${fields.join("\n")}
});
console.log("stored at offset", receipt.offset);
await client.close();
`;
}

/** A start position as the plain routes and the command line take it. */
function fromText(from: From): string {
  if (typeof from === "string") return from;
  if ("cursor" in from) return from.cursor;
  if ("offset" in from) return `offset:${from.offset}`;
  if ("time" in from) return `time:${from.time}`;
  return `last:${from.last}`;
}

/** Subscribes with curl, as server-sent events. */
export function subscribeWithCurl(place: Place, topic: string, from: From): string {
  const url = `${place.url}/subscribe/${encodeURIComponent(topic)}?from=${fromText(from)}`;
  return curl(place, [`-N ${quoted(url)}`, "-H 'accept: text/event-stream'"]);
}

/** Subscribes with the SDK. */
export function subscribeWithTypeScript(place: Place, topic: string, from: From): string {
  return `${client(place)}
for await (const event of client.subscribe({ topic: ${JSON.stringify(topic)}, from: ${JSON.stringify(from)} })) {
  console.log(event.offset, event.data);
}
`;
}
