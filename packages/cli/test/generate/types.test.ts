import { describeTopics } from "@rtmsg/server";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { moduleText } from "../../src/generate/module-text.js";
import { compile, COMPILERS } from "../support/compile.js";
import { topics, undescribed } from "./topics.js";

/** Holds only if a topic's types are the same, to the letter. */
const SAME = `
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Of<K extends keyof TypesOf<typeof topics> & keyof TopicMap> =
  [Same<TopicMap[K]["in"], TypesOf<typeof topics>[K]["in"]>, Same<TopicMap[K]["out"], TypesOf<typeof topics>[K]["out"]>];
`;

const IMPORTS = `
import { createClient as connect, type EventOf, type TypesOf } from "@rtmsg/client";
import { createClient, type Client, type TopicMap, type Topics } from "./generated.js";
import type { topics } from "./topics.js";
`;

/** What an app does with the generated module, beside what it would do with the server's own types. */
const USE = `
export async function use(): Promise<void> {
  const client: Client = createClient({ url: "http://localhost" });
  const own = connect<typeof topics>({ url: "http://localhost" });
  const order = {
    id: "o-1", total: 1, placedAt: new Date(), cents: 1n, kind: "new", lines: [[{ sku: "a" }]],
    either: "a", anything: 1, "a-b": null,
  } as const;
  const data = { ...order, lines: [[{ sku: "a" }]] };
  await client.produce.mutate({ topic: "orders.created", data });
  await own.produce.mutate({ topic: "orders.created", data });
  // @ts-expect-error: a Date, not a text
  await client.produce.mutate({ topic: "orders.created", data: { ...data, placedAt: "today" } });
  // @ts-expect-error: a typo
  await client.produce.mutate({ topic: "orders.creatd", data });
  for await (const { data } of client.subscribe({ topic: "orders.created" })) {
    const amount: number | undefined = data.lines[0]?.[0]?.amount;
    const cents: bigint | null = data.cents;
    data satisfies EventOf<TypesOf<typeof topics>, "orders.created">["data"];
    console.log(amount, cents, data.placedAt.getTime());
  }
  for await (const event of client.subscribe({ topic: "chat.lobby" })) {
    if (event.data.type === "text") console.log(event.data.at.getTime());
    const own: EventOf<TypesOf<typeof topics>, "chat.lobby"> = event;
    const back: EventOf<TypesOf<Topics>, "chat.lobby"> = own;
    console.log(back);
  }
  const both: TypesOf<typeof topics>["both"] = {} as TopicMap["both"];
  const same: TopicMap["both"] = both;
  console.log(same);
  await client.close();
}
`;

const source = async (): Promise<string> => readFile(new URL("topics.ts", import.meta.url), "utf8");

describe.each(COMPILERS)("generated types, by TypeScript $version", (ts) => {
  it("are those of the schemas", { timeout: 120_000 }, async () => {
    // JSON Schema merges what zod intersects, which is one type to the eye and two to the letter.
    const names = [...topics.definitions.keys()].filter((name) => name !== "both");
    const lines = names.map((name, index) => `export const same${index}: Of<"${name}"> = [true, true];`);
    const said = compile(ts, {
      topics: await source(),
      generated: moduleText(describeTopics(topics)),
      main: `${IMPORTS}${SAME}${lines.join("\n")}${USE}`,
    });
    expect(said).toEqual([]);
  });

  it("tell what differs: the comparison is one", { timeout: 120_000 }, async () => {
    const said = compile(ts, {
      topics: await source(),
      generated: moduleText(describeTopics(topics)).replace("cents: bigint | null", "cents: bigint"),
      main: `
        import type { TypesOf } from "@rtmsg/client";
        import type { TopicMap } from "./generated.js";
        import type { topics } from "./topics.js";
        ${SAME}
        export const same: Of<"orders.created"> = [true, true];
      `,
    });
    expect(said).toEqual([expect.stringContaining("Type 'true' is not assignable to type 'false'")]);
  });

  it("are unknown where a schema has no description", { timeout: 120_000 }, () => {
    const generated = moduleText(describeTopics(undescribed));
    expect(generated).toContain(
      "Subscribers get `unknown`, for the server cannot describe it: transform has",
    );
    expect(generated).toContain(
      "Producers give `unknown`, for the server cannot describe it: custom at .url",
    );
    const main = `
      import type { TopicMap } from "./generated.js";
      export const length: TopicMap["length"]["in"] = "a text";
      export const page: unknown extends TopicMap["pages.*"]["in"] ? true : false = true;
      export const out: unknown extends TopicMap["length"]["out"] ? true : false = true;
    `;
    expect(compile(ts, { generated, main })).toEqual([]);
  });
});
