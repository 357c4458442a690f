import { defineTopics } from "@rtmsg/server";
import { z } from "zod";

const node = z.object({
  value: z.number(),
  get children() {
    return z.array(node);
  },
});

/** What the generated types are held against: everything that JSON Schema and the marks can say. */
export const topics = defineTopics({
  "orders.created": z
    .object({
      id: z.string().describe("The order's number, */ as printed"),
      total: z.number().positive(),
      placedAt: z.date(),
      cents: z.bigint().nullable(),
      note: z.string().optional(),
      kind: z.enum(["new", "again"]),
      lines: z.array(z.array(z.object({ sku: z.string(), amount: z.number().default(1) }))),
      tags: z.set(z.string()).optional(),
      either: z.union([z.string(), z.undefined()]),
      anything: z.unknown(),
      "a-b": z.literal(["x", 1, null]),
    })
    .describe("An order was placed"),
  "chat.*": {
    schema: z.discriminatedUnion("type", [
      z.object({ type: z.literal("text"), text: z.string(), at: z.date() }),
      z.looseObject({ type: z.literal("file"), url: z.url(), size: z.number() }),
    ]),
    retention: { maxAge: "7d" },
  },
  "trees.>": node,
  forest: z.map(z.string(), node),
  prices: z.record(z.string(), z.array(z.date())),
  colours: z.record(z.enum(["red", "green"]), z.bigint()),
  "colours.some": z.partialRecord(z.enum(["red", "green"]), z.number()),
  pair: z.tuple([z.string(), z.date()]),
  "pair.open": z.tuple([z.string(), z.number().optional()]).rest(z.boolean()),
  holes: z.array(z.string().optional()),
  fixed: z.object({ list: z.array(z.string()).readonly(), days: z.set(z.date()).readonly() }).readonly(),
  both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.date() })),
  either: z.union([z.array(z.union([z.string(), z.number()])), z.null(), z.nan()]),
  "line.of.text": z.string(),
  date: z.date(),
  codec: z.codec(z.string(), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  }),
});

/** What has no JSON Schema, and why not. */
export const undescribed = defineTopics({
  length: z.string().transform((text) => text.length),
  "pages.*": z.object({ url: z.instanceof(URL) }).describe("A page"),
});
