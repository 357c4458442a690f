import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "./support/compile.js";

/** What an app has before the line under test; `@` stands for it. */
const APPS = {
  client: `
    import { createClient, defineTopics } from "@rtmsg/client";
    import { z } from "zod";
    DECLARATIONS
    const client = createClient<typeof topics>({ url: "http://localhost" });
    const produce = client.produce.mutate, subscribe = client.subscribe;`,
  broker: `
    import { createBroker, defineTopics } from "@rtmsg/server";
    import { z } from "zod";
    DECLARATIONS
    const broker = await createBroker({ topics });
    const produce = broker.produce.bind(broker), subscribe = broker.subscribe.bind(broker);`,
} as const;

const DECLARATIONS = `
  const topics = defineTopics({
    "orders.created": z.object({ id: z.string(), total: z.number() }),
    "orders.shipped": z.object({ id: z.string(), carrier: z.string() }),
    "chat.*": z.object({ text: z.string() }),
    "logs.>": z.string(),
  });
  declare const either: "orders.created" | "orders.shipped";
  declare const text: string;
  const order = { id: "o-1", total: 12 };`;

const DECLARED = `"orders.created" | "orders.shipped" | "chat.*" | "logs.>"`;
const PRODUCED = '"orders.created" | "orders.shipped" | `chat.${string}` | `logs.${string}`';

/** A line, and all that the compiler says: nothing where it is right. */
const LINES: readonly (readonly [line: string, said: readonly (string | RegExp)[]])[] = [
  [`produce({ topic: "orders.created", data: order })`, []],
  [`produce({ topic: "chat.a", data: { text } })`, []],
  [`produce({ topic: \`chat.\${text}\`, data: { text } })`, []],
  [
    `produce({ topic: "logs.a.b", data: text, id: "1", key: "k", headers: { a: "b" }, expectedOffset: 1 })`,
    [],
  ],
  [
    `produce({ topic: "orders.creatd", data: order })`,
    [`2820 Type '"orders.creatd"' is not assignable to type '${PRODUCED}'. Did you mean '"orders.created"'?`],
  ],
  [
    `produce({ topic: "chat.*", data: { text } })`,
    [`2322 Type '"chat.*"' is not assignable to type '"orders.created" | "orders.shipped"'.`],
  ],
  [
    `produce({ topic: "logs.>", data: text })`,
    [`2322 Type '"logs.>"' is not assignable to type '"orders.created" | "orders.shipped"'.`],
  ],
  [
    `produce({ topic: "chat.a.b", data: { text } })`,
    [`2322 Type '"chat.a.b"' is not assignable to type '${DECLARED}'.`],
  ],
  [
    `produce({ topic: "chat", data: { text } })`,
    [`2322 Type '"chat"' is not assignable to type '${PRODUCED}'.`],
  ],
  [`produce({ topic: "logs", data: text })`, [`2322 Type '"logs"' is not assignable to type '${PRODUCED}'.`]],
  [`produce({ topic: text, data: text })`, [`2322 Type 'string' is not assignable to type '${PRODUCED}'.`]],
  [
    `produce({ topic: "orders.created", data: { id: 1, total: 1 } })`,
    ["2322 Type 'number' is not assignable to type 'string'."],
  ],
  [
    `produce({ topic: "orders.created", data: { id: "o-1" } })`,
    [/^2741 Property 'total' is missing in type '\{ id: string; \}'/],
  ],
  [
    `produce({ topic: "orders.created", data: { ...order, more: 1 } })`,
    [/^2353 Object literal may only specify known properties, and 'more' does not exist in type/],
  ],
  [`produce({ topic: either, data: order })`, [/^2345 /]],
  [
    `produce({ topic: "orders.created", data: order, ide: "1" })`,
    [/^2561 .* but 'ide' does not exist .* Did you mean to write 'id'\?$|^2353 .*'ide' does not exist/],
  ],
  [`subscribe({ topic: "orders.*" })`, []],
  [`subscribe({ topic: ">", onGap: "report", marks: true })`, []],
  [`subscribe({ topic: "chat.a" })`, []],
  [
    `subscribe({ topic: "orders.creatd" })`,
    [`2820 Type '"orders.creatd"' is not assignable to type '${DECLARED}'. Did you mean '"orders.created"'?`],
  ],
  [`subscribe({ topic: "order.*" })`, [/^2(322|820) Type '"order\.\*"' is not assignable to type/]],
  [
    `subscribe({ topic: "chat.*.*" })`,
    [`2820 Type '"chat.*.*"' is not assignable to type '${DECLARED}'. Did you mean '"chat.*"'?`],
  ],
  [`subscribe({ topic: "orders.created", from: "oldest" })`, [/^2322 Type '"oldest"' is not assignable/]],
];

describe.each(["client", "broker"] as const)("through the %s", (app) => {
  let said: Record<string, readonly string[]>;
  beforeAll(() => {
    const before = APPS[app].replace("DECLARATIONS", DECLARATIONS);
    said = compile(
      Object.fromEntries(LINES.map(([line], index) => [`line${index}`, `${before}\nvoid ${line};`])),
    );
  });
  test.each(LINES.map(([line, expected], index) => [line, expected, index] as const))(
    "%s",
    (_, expected, index) => {
      const messages = said[`line${index}`] ?? [];
      expect(messages).toHaveLength(expected.length);
      for (const [at, text] of expected.entries()) {
        if (typeof text === "string") expect(messages[at]).toBe(text);
        else expect(messages[at]).toMatch(text);
      }
    },
  );
});
