import type { DeclaredTopic, JsonSchema } from "@rtmsg/server/protocol";
import { annotations, docComment } from "./doc-comment.js";
import { SchemaTypes } from "./schema-types.js";
import { TypeNames } from "./type-names.js";
import { alone } from "./type-text.js";

const HEAD = `// Made by "rtmsg generate" of the topics that a broker declares. Do not edit it: generate it again.
import {
  createClient as connect,
  type Client as RtmsgClient,
  type ClientOptions,
  type Topics as DeclaredTopics,
  type TopicType,
} from "@rtmsg/client";
`;

const TAIL = `
/** The topics for whatever takes their type, in place of what \`defineTopics\` returned. */
export type Topics = DeclaredTopics<TopicMap>;

/** A client that knows the topics. */
export type Client = RtmsgClient<TopicMap>;

/**
 * Makes a client that knows the topics.
 *
 * @param options - \`url\`, where the server answers, and others
 * @throws TypeError when an option is malformed
 */
export function createClient(options: ClientOptions): Client {
  return connect<Topics>(options);
}
`;

/**
 * The module that a broker's declared topics are generated into. The same topics make the same text.
 *
 * @param topics - as they were declared, in any order
 */
export function moduleText(topics: readonly DeclaredTopic[]): string {
  const sorted = topics.toSorted((a, b) => (a.selection < b.selection ? -1 : 1));
  const writer = new ModuleWriter();
  const entries = sorted.map((topic) => writer.entry(topic));
  const map = `export type TopicMap = {\n${entries.join("")}};\n`;
  const doc = docComment(["The types of the topics' data, by name or pattern."], "");
  return `${HEAD}${writer.types.join("")}\n${doc}${map}${TAIL}`;
}

class ModuleWriter {
  readonly #names = new TypeNames();
  readonly #schemas = new SchemaTypes(this.#names);
  /** The types that the map names. */
  readonly types: string[] = [];

  /** A topic's entry in the map. */
  entry(topic: DeclaredTopic): string {
    const out = this.#declare(topic.schema, topic.selection);
    const isOneType = comparable(topic.schema) === comparable(topic.inputSchema);
    const input = isOneType ? out : this.#declare(topic.inputSchema, `${topic.selection}.Input`);
    const doc = docComment(
      [
        ...annotations(topic.schema ?? topic.inputSchema ?? {}),
        ...problem("Subscribers get", topic.schemaProblem),
        ...problem("Producers give", topic.inputSchemaProblem),
      ],
      "  ",
    );
    const types = input === out ? out : `${input}, ${out}`;
    return `${doc}  readonly ${JSON.stringify(topic.selection)}: TopicType<${types}>;\n`;
  }

  /** Declares the type of a description; returns its name. */
  #declare(schema: JsonSchema | null, text: string): string {
    if (schema === null) return "unknown";
    const name = this.#names.take(text);
    this.#add(name, schema, alone(this.#schemas.typeOf(schema, name)));
    for (const { name: other, schema: part, type } of this.#schemas.referred()) {
      this.#add(other, part, alone(type));
    }
    return name;
  }

  #add(name: string, schema: JsonSchema, type: string): void {
    this.types.push(`\n${docComment(annotations(schema), "")}export type ${name} = ${type};\n`);
  }
}

/**
 * A description without what it says on one side only: that objects have no other properties, which
 * makes no other type.
 */
function comparable(schema: JsonSchema | null): string {
  return JSON.stringify(schema, (key, value: unknown) =>
    key === "additionalProperties" && value === false ? undefined : value,
  );
}

function problem(whose: string, why: string | null): string[] {
  return why === null ? [] : [`${whose} \`unknown\`, for the server cannot describe it: ${why}.`];
}
