import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTopics } from "../../src/topics/define-topics.js";
import { describeTopics } from "../../src/topics/describe-topics.js";
import { describeSchema, tryToDescribe } from "../../src/topics/json-schema.js";

const both = (schema: StandardSchemaV1): unknown[] => [
  describeSchema(schema, "input"),
  describeSchema(schema, "output"),
];

describe("the description of a schema", () => {
  it("is JSON Schema", () => {
    expect(
      describeSchema(z.object({ id: z.string(), total: z.number().int().optional() }), "output"),
    ).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { id: { type: "string" }, total: { type: "integer" } },
      required: ["id"],
    });
  });

  it("marks what only superjson carries", () => {
    const schema = z.object({
      at: z.date(),
      big: z.bigint(),
      nothing: z.undefined(),
      nan: z.nan(),
      map: z.map(z.string(), z.date()),
      set: z.set(z.bigint()),
      either: z.union([z.date(), z.string()]),
      maybe: z.date().optional(),
      orNull: z.bigint().nullable(),
      list: z.array(z.date()),
    });
    const date = { type: "string", format: "date-time", "x-rtmsg-type": "Date" };
    const bigint = { type: "string", "x-rtmsg-type": "bigint" };
    for (const described of both(schema)) {
      expect(described).toMatchObject({
        properties: {
          at: date,
          big: bigint,
          nothing: { "x-rtmsg-type": "undefined" },
          nan: { "x-rtmsg-type": "NaN" },
          map: { type: "array", "x-rtmsg-type": "Map", items: { prefixItems: [{ type: "string" }, date] } },
          set: { type: "array", "x-rtmsg-type": "Set", items: bigint },
          either: { anyOf: [date, { type: "string" }] },
          maybe: date,
          orNull: { anyOf: [bigint, { type: "null" }] },
          list: { type: "array", items: date },
        },
      });
    }
  });

  it("tells the two sides of a default apart", () => {
    const schema = z.object({ count: z.number().default(1) });
    expect(describeSchema(schema, "input")).not.toHaveProperty("required");
    expect(describeSchema(schema, "output")).toMatchObject({ required: ["count"] });
  });

  it("describes the input of a transform, and not its output", () => {
    const schema = z.object({ length: z.string().transform((text) => text.length) });
    const [input, output] = both(schema);
    expect(input).toMatchObject({ properties: { length: { type: "string" } } });
    expect(output).toBeNull();
  });

  it("describes both sides of a pipe", () => {
    const schema = z.string().transform(Number).pipe(z.number());
    expect(both(schema)).toMatchObject([{ type: "string" }, { type: "number" }]);
  });

  it("describes a schema that holds itself", () => {
    interface Tree {
      value: Date;
      children: Tree[];
    }
    const tree: z.ZodType<Tree> = z.object({ value: z.date(), children: z.lazy(() => z.array(tree)) });
    expect(describeSchema(tree, "output")).toMatchObject({
      properties: { value: { "x-rtmsg-type": "Date" } },
    });
  });

  it.each([
    ["a custom check", z.custom<string>((value) => value === "x")],
    ["an instance of a class", z.instanceof(URL)],
    ["a symbol", z.symbol()],
    ["one of those deep inside", z.object({ list: z.array(z.object({ x: z.custom<string>() })) })],
  ])("is null for %s", (_, schema) => {
    expect(both(schema)).toEqual([null, null]);
  });

  it("is null for a schema of another library, unless that library describes it", () => {
    const validate = (value: unknown): StandardSchemaV1.Result<unknown> => ({ value });
    const plain: StandardSchemaV1 = { "~standard": { version: 1, vendor: "test", validate } };
    expect(both(plain)).toEqual([null, null]);
    const jsonSchema = { input: () => ({ type: "string" }), output: () => ({ type: "number" }) };
    const described = {
      "~standard": { version: 1, vendor: "test", validate, jsonSchema },
    } as StandardSchemaV1;
    expect(both(described)).toEqual([{ type: "string" }, { type: "number" }]);
    const broken = {
      "~standard": { version: 1, vendor: "test", validate, jsonSchema: {} },
    } as StandardSchemaV1;
    expect(both(broken)).toEqual([null, null]);
  });

  it("can be sent as JSON", () => {
    for (const schema of [
      z.literal([1n]),
      z.literal(undefined),
      z.date().default(new Date(0)),
      z.bigint().min(5n),
    ]) {
      for (const described of both(schema)) expect(() => JSON.stringify(described)).not.toThrow();
    }
  });

  it("says where something may be undefined that is not left out", () => {
    const schema = z.object({ list: z.array(z.string().optional()), left: z.string().optional() });
    expect(describeSchema(schema, "output")).toMatchObject({
      properties: {
        list: { items: { anyOf: [{ type: "string" }, { "x-rtmsg-type": "undefined" }] } },
        left: { type: "string" },
      },
    });
  });

  it.each([
    ["transform at .items[].at", z.object({ items: z.array(z.object({ at: z.string().transform(Date) })) })],
    ["custom has", z.instanceof(URL)],
    ["literal at .n", z.object({ n: z.literal(1n) })],
    [
      "test schemas say nothing",
      { "~standard": { version: 1, vendor: "test", validate: () => ({ value: 1 }) } },
    ],
  ] as [string, StandardSchemaV1][])("says why there is none: %s", (problem, schema) => {
    expect(tryToDescribe(schema, "output")).toEqual({
      schema: null,
      problem: expect.stringContaining(problem) as string,
    });
  });
});

describe("describeTopics", () => {
  it("describes every declaration, by name", () => {
    const topics = defineTopics({
      "orders.*": { schema: z.object({ at: z.date() }), retention: { maxEvents: 5 } },
      "a.length": z.string().transform((text) => text.length),
    });
    expect(describeTopics(topics)).toMatchObject([
      {
        selection: "a.length",
        schema: null,
        schemaProblem: "transform has no JSON Schema",
        inputSchema: { type: "string" },
        inputSchemaProblem: null,
      },
      { selection: "orders.*", retention: { maxEvents: 5 }, schema: { type: "object" }, schemaProblem: null },
    ]);
  });
});
