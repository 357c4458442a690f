import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTopics, type TopicDeclaration } from "../../src/topics/index.js";
import { TopicRegistry } from "../../src/topics/registry.js";

const schema = z.object({ text: z.string() });
const UNKNOWN = expect.objectContaining({ code: "TOPIC_UNKNOWN" }) as Error;

describe("defineTopics", () => {
  it("takes schemas of any Standard Schema library", () => {
    const other: TopicDeclaration = {
      "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) },
    };
    const { definitions } = defineTopics({ plain: other, long: { schema: other } });
    expect([...definitions.keys()]).toEqual(["plain", "long"]);
  });

  it("takes schemas that are functions, as arktype's are", () => {
    const callable = Object.assign(() => undefined, {
      "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
    }) as unknown as TopicDeclaration;
    expect(defineTopics({ plain: callable }).definitions.get("plain")?.schema).toBe(callable);
  });

  it.each(["", "a b", "a..b", "a.**", ">.a", "x".repeat(256)])("refuses the key %j", (key) => {
    expect(() => defineTopics({ [key]: schema })).toThrow(TypeError);
  });

  it.each([undefined, null, 1, {}, { schema: undefined }, { schema: {} }, { schema: "z" }])(
    "refuses %j instead of a schema, and says of which topic",
    (declaration) => {
      const declare = (): unknown => defineTopics({ a: declaration as unknown as TopicDeclaration });
      expect(declare).toThrow(TypeError);
      expect(declare).toThrow(/^Topic "a" has no schema/);
    },
  );

  it.each([
    ["a.*", "a.>"],
    ["a.*", "*.b"],
    [">", "a.>"],
    ["*", ">"],
    ["a.*.c", "a.b.*"],
  ])("refuses %s beside %s: a topic could have two schemas", (one, other) => {
    for (const [a, b] of [
      [one, other],
      [other, one],
    ] as const) {
      expect(() => defineTopics({ [a]: schema, [b]: schema })).toThrow(/overlap/);
    }
  });

  it("takes names that a pattern selects too, and patterns that cannot meet", () => {
    const topics = defineTopics({ "a.*": schema, "a.b": schema, "b.>": schema, "a.*.c": schema });
    expect(topics.definitions.size).toBe(4);
  });

  it("takes names that are properties of every object", () => {
    const { definitions } = defineTopics({ constructor: schema, toString: schema });
    expect(definitions.has("constructor") && definitions.has("toString")).toBe(true);
  });
});

describe("the registry", () => {
  const topics = defineTopics({ "chat.*": schema, "chat.main": z.string(), "log.>": schema });

  it("finds the exact name before a pattern", () => {
    const registry = new TopicRegistry(topics);
    expect(registry.find("chat.main")?.selection).toBe("chat.main");
    expect(registry.find("chat.other")?.selection).toBe("chat.*");
    expect(registry.find("log.a.b")?.selection).toBe("log.>");
    expect(registry.find("chat.a.b")).toBeUndefined();
  });

  it("denies undeclared topics where something is declared, and allows them where nothing is", () => {
    expect(() => new TopicRegistry(topics).require("other")).toThrow(UNKNOWN);
    expect(new TopicRegistry(topics, "allow").require("other")).toBeUndefined();
    expect(new TopicRegistry().require("other")).toBeUndefined();
    expect(() => new TopicRegistry(undefined, "deny").require("other")).toThrow(UNKNOWN);
  });

  it("takes selections that can have events, and no others", () => {
    const registry = new TopicRegistry(topics);
    for (const selection of ["chat.*", "*.main", ">", "log.>", "log.*.x", "chat.any"]) {
      expect(() => registry.requireSelection(selection)).not.toThrow();
    }
    for (const selection of ["*", "chat.*.x", "other.>", "chat", "log"]) {
      expect(() => registry.requireSelection(selection)).toThrow(UNKNOWN);
    }
  });

  it("does not take the properties of every object for declarations", () => {
    expect(() => new TopicRegistry(topics).require("constructor")).toThrow(UNKNOWN);
    expect(new TopicRegistry(topics).find("toString")).toBeUndefined();
  });
});
