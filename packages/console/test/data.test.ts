import { describeTopics } from "@rtmsg/server";
import type { JsonSchema } from "@rtmsg/client";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { skeletonOf } from "../src/produce/data-skeleton.js";
import { JsonText } from "../src/produce/json-places.js";
import { toMarkedTypes } from "../src/produce/marked-types.js";
import { parseHeaders } from "../src/produce/produce-draft.js";
import { SchemaCheck } from "../src/produce/schema-check.js";
import { topics } from "./topics.js";

const described = describeTopics(topics);
const schemaOf = (topic: string): JsonSchema => {
  const schema = described.find(({ selection }) => selection === topic)?.inputSchema;
  if (schema == null) throw new Error(`${topic} has no schema`);
  return schema;
};
const inputOf = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: "input" }) as JsonSchema;

describe("data to start from", () => {
  it.each(described.map(({ selection }) => selection))("is what the schema of %s takes", (selection) => {
    const schema = schemaOf(selection);
    expect(new SchemaCheck(schema).issues(skeletonOf(schema))).toEqual([]);
  });

  it("is the schema's own example, where it has one", () => {
    const schema = inputOf(z.object({ id: z.string() }).meta({ examples: [{ id: "o-1" }] }));
    expect(skeletonOf(schema)).toEqual({ id: "o-1" });
  });

  it("ends where a schema holds itself", () => {
    interface Tree {
      children: Tree[];
    }
    const tree: z.ZodType<Tree> = z.lazy(() => z.object({ children: z.array(tree).min(1) }));
    expect(JSON.stringify(skeletonOf(inputOf(tree)))).toMatch(/^\{"children":\[\{"children"/);
  });

  it("keeps to the bounds of numbers and texts", () => {
    const schema = inputOf(
      z.object({
        a: z.number().gt(3),
        b: z.int().max(-2),
        c: z.string().min(5),
        d: z.union([z.null(), z.boolean()]),
      }),
    );
    expect(new SchemaCheck(schema).issues(skeletonOf(schema))).toEqual([]);
  });
});

describe("JSON under a schema", () => {
  it("becomes what superjson carries, where the schema says so", () => {
    const made = toMarkedTypes({ at: "2026-11-22T10:00:00Z", id: "2026-11-22" }, schemaOf("orders.created"));
    expect(made).toEqual({ at: new Date("2026-11-22T10:00:00Z"), id: "2026-11-22" });
  });

  it("becomes sets, maps and big integers, within arrays and alternatives too", () => {
    const schema: JsonSchema = {
      type: "object",
      properties: {
        tags: { type: "array", "x-rtmsg-type": "Set", items: { type: "string" } },
        sums: {
          type: "array",
          "x-rtmsg-type": "Map",
          items: {
            type: "array",
            prefixItems: [{ type: "string" }, { type: "string", "x-rtmsg-type": "bigint" }],
          },
        },
        at: { anyOf: [{ type: "string", "x-rtmsg-type": "Date" }, { type: "null" }] },
      },
    };
    expect(toMarkedTypes({ tags: ["a"], sums: [["x", "12"]], at: "2026-01-01" }, schema)).toEqual({
      tags: new Set(["a"]),
      sums: new Map([["x", 12n]]),
      at: new Date("2026-01-01"),
    });
    // For the broker to refuse.
    expect(toMarkedTypes({ at: null, tags: 7, sums: "no" }, schema)).toEqual({
      at: null,
      tags: 7,
      sums: "no",
    });
    expect(toMarkedTypes({ at: "no date" }, schema)).toEqual({ at: "no date" });
  });

  it("has its issues at their places", () => {
    const text = '{\n  "id": "o-1",\n  "customer": { "name": "" },\n  "items": [{ "sku": 7 }]\n}';
    const json = new JsonText(text);
    const issues = new SchemaCheck(schemaOf("orders.created")).issues(json.value());
    const placed = issues.map((issue) => json.place(issue));
    const lines = Object.fromEntries(placed.map(({ field, line }) => [field, line]));
    expect(lines).toMatchObject({
      "customer.name": 2,
      "customer.city": 2,
      "items[0].sku": 3,
      "items[0].quantity": 3,
      total: 0,
      at: 0,
    });
    const sku = placed.find(({ field }) => field === "items[0].sku");
    expect(text.slice(sku?.start, sku?.end)).toBe("7");
    expect(sku?.message).toBe("It is of type number, and should be string");
  });

  it("is told from what is no JSON", () => {
    expect(new JsonText('{ "a": 1 }').problem).toBeUndefined();
    expect(new JsonText('{\n  "a": 1,\n}').problem).toMatchObject({ line: 2 });
    expect(new JsonText("").problem?.message).toMatch(/^It is not JSON/);
  });
});

describe("headers", () => {
  it("are read one a line", () => {
    expect(parseHeaders("a: 1\n\n b : two: parts \n")).toEqual({ a: "1", b: "two: parts" });
    expect(parseHeaders(" \n")).toBeUndefined();
    expect(() => parseHeaders("nonsense")).toThrow('"nonsense" is no header');
  });
});
