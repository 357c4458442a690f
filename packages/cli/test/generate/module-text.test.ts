import { describeTopics, type DeclaredTopic, type JsonSchema } from "@rtmsg/server";
import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { moduleText } from "../../src/generate/module-text.js";
import { topics } from "./topics.js";

function declared(selection: string, schema: JsonSchema | null): DeclaredTopic {
  return {
    selection,
    retention: {},
    schema,
    schemaProblem: schema === null ? "no reason" : null,
    inputSchema: schema,
    inputSchemaProblem: null,
  };
}

/** What is wrong with a module's syntax. */
function syntaxErrors(text: string): unknown[] {
  const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true });
  return (diagnostics ?? []).map(({ messageText }) => messageText);
}

describe("the text of a generated module", () => {
  it("is the same whatever the order of the declarations", () => {
    const description = describeTopics(topics);
    expect(moduleText(description.toReversed())).toBe(moduleText(description));
  });

  it("carries descriptions, defaults and deprecations as doc comments", () => {
    const text = moduleText([
      declared("orders.created", {
        type: "object",
        description: "An order.\nPaid or not. */ alert()",
        properties: { n: { type: "number", default: 1, deprecated: true, description: "How many" } },
        required: ["n"],
      }),
    ]);
    expect(text).toContain(`/**
 * An order.
 * Paid or not. *\\/ alert()
 */
export type OrdersCreated = {
  /**
   * How many
   * @deprecated
   * @default 1
   */
  n: number;
};`);
  });

  it("names topics that read alike apart, and none as the module needs for itself", () => {
    const names = ["a-b", "a.b", "date", "client", "topics", "1.2", "x.*", "x.any.>", "~"];
    const text = moduleText(names.map((name) => declared(name, { type: "string" })));
    const types = [...text.matchAll(/^export type (\w+) = string;$/gm)].map(([, name]) => name);
    expect(types).toEqual([
      "Topic12",
      "AB",
      "AB2",
      "Client2",
      "Date2",
      "Topics2",
      "XAny",
      "XAnyAll",
      "Topic",
    ]);
    expect(syntaxErrors(text)).toEqual([]);
  });

  it.each([
    ["a type of a newer server's", { type: "string", "x-rtmsg-type": "Temporal" }, "unknown"],
    ["a reference that leads nowhere", { $ref: "#/$defs/None" }, "unknown"],
    ["a reference to elsewhere", { $ref: "https://example.com/schema" }, "unknown"],
    ["several types", { type: ["string", "null"] }, "string | null"],
    ["a constant that is an object", { const: { a: 1 } }, "unknown"],
    ["nothing", { not: {} }, "never"],
    ["anything", {}, "unknown"],
    [
      "parts that must all hold",
      { allOf: [{ $ref: "#/$defs/A" }, {}], $defs: { A: { type: "string" } } },
      "TA",
    ],
    ["a union within a list", { type: "array", items: { enum: ["a", 1] } }, '("a" | 1)[]'],
    [
      "a list that is read-only within a list",
      { type: "array", items: { type: "array", readOnly: true } },
      "(readonly unknown[])[]",
    ],
    ["an object that says nothing", { type: "object" }, "Record<never, never>"],
  ] as [string, JsonSchema, string][])("writes %s", (_what, schema, type) => {
    expect(moduleText([declared("t", schema)])).toContain(`export type T = ${type};\n`);
  });

  it("is TypeScript whatever names, texts and values the schemas hold", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("*/", "`", '"', "${a}", "__proto__"),
    );
    const leaf = fc.record(
      { type: fc.constantFrom("string", "null", "array"), description: text, const: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
      schema: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.record({ type: fc.constant("object"), properties: fc.dictionary(text, tie("schema")) }),
        fc.record({
          type: fc.constant("object"),
          additionalProperties: tie("schema"),
          readOnly: fc.boolean(),
        }),
        fc.record({ type: fc.constant("array"), prefixItems: fc.array(tie("schema")), minItems: fc.nat(2) }),
        fc.record({ anyOf: fc.array(tie("schema")), default: fc.jsonValue() }),
        fc.record({ allOf: fc.array(tie("schema")), $ref: fc.constantFrom("#", "#/allOf/0") }),
      ),
    }));
    fc.assert(
      fc.property(schema, (each) => {
        expect(syntaxErrors(moduleText([declared("some.topic", each)]))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
