import type { JsonSchema, TopicInfo } from "@rtmsg/client";
import { clock } from "../clock.js";
import { age, bytes, count } from "../figures.js";
import { alternatives, resolve, typeOf, type SchemaNode } from "../produce/json-schema.js";
import { CopyButton } from "../ui/copy.js";
import { retentionText } from "./retention-text.js";

const MAX_DEPTH = 5;

interface SchemaPanelProps {
  readonly info: TopicInfo | undefined;
  readonly schema: JsonSchema | null;
  /** What the data is like once it is stored, where that differs. */
  readonly retention: TopicInfo["retention"] | undefined;
}

/** What is known of a topic: what is kept of it, and what its data is like. */
export function SchemaPanel({ info, schema, retention }: SchemaPanelProps) {
  const kept = info?.retention ?? retention;
  return (
    <div class="schema-panel">
      <dl class="facts">
        {info !== undefined && <InfoFacts info={info} />}
        {kept !== undefined && (
          <div>
            <dt>Keeps</dt>
            <dd>{retentionText(kept)}</dd>
          </div>
        )}
      </dl>
      {schema === null ? (
        <p class="hint">
          No schema: any JSON is taken. Declare the topic with <code>defineTopics</code> on the server, and
          its data is checked and typed.
        </p>
      ) : (
        <>
          <ul class="schema-fields">
            <Fields node={schema} root={schema} depth={0} />
          </ul>
          <details class="more">
            <summary>JSON Schema</summary>
            <CopyButton text={() => JSON.stringify(schema, null, 2)} label="the JSON Schema">
              Copy
            </CopyButton>
            <pre class="json-text" tabIndex={0} aria-label="JSON Schema">
              {JSON.stringify(schema, null, 2)}
            </pre>
          </details>
        </>
      )}
    </div>
  );
}

function InfoFacts({ info }: { readonly info: TopicInfo }) {
  const { count: events, bytes: size, earliestOffset, latestOffset, lastEventTime, durability } = info;
  return (
    <>
      <div>
        <dt>Events</dt>
        <dd>
          {count(events)}, {bytes(size)}
        </dd>
      </div>
      <div>
        <dt>Offsets</dt>
        <dd>{earliestOffset === null ? "None kept" : `#${earliestOffset} to #${latestOffset}`}</dd>
      </div>
      <div>
        <dt>Last event</dt>
        <dd>{lastEventTime === null ? "None yet" : age(lastEventTime, clock.value)}</dd>
      </div>
      <div>
        <dt>Durability</dt>
        <dd>{DURABILITY[durability]}</dd>
      </div>
    </>
  );
}

const DURABILITY: Readonly<Record<TopicInfo["durability"], string>> = {
  durable: "On disk before a receipt is given",
  relaxed: "On disk soon after a receipt is given",
  memory: "In memory: gone with the process",
};

interface FieldsProps {
  readonly node: SchemaNode;
  readonly root: JsonSchema;
  readonly depth: number;
}

function Fields({ node: given, root, depth }: FieldsProps) {
  const node = resolve(given, root);
  const { properties, required = [] } = node;
  if (properties === undefined) return <Field name="data" node={node} root={root} depth={depth} isRequired />;
  return (
    <>
      {Object.entries(properties).map(([name, part]) => (
        <Field
          key={name}
          name={name}
          node={resolve(part, root)}
          root={root}
          depth={depth}
          isRequired={required.includes(name)}
        />
      ))}
    </>
  );
}

interface FieldProps extends FieldsProps {
  readonly name: string;
  readonly isRequired: boolean;
}

function Field({ name, node, root, depth, isRequired }: FieldProps) {
  const items = typeof node.items === "object" ? resolve(node.items, root) : undefined;
  const inner = node.properties === undefined ? items : node;
  const hasInner = inner?.properties !== undefined && depth < MAX_DEPTH;
  return (
    <li>
      <div class="schema-field">
        <code class="v-name">{name}</code>
        <span class="schema-type">{typeText(node, root)}</span>
        {!isRequired && <span class="chip">optional</span>}
        <span class="schema-limits">{limitsText(node)}</span>
      </div>
      {node.description !== undefined && <p class="hint">{node.description}</p>}
      {hasInner && (
        <ul class="schema-fields">
          <Fields node={inner} root={root} depth={depth + 1} />
        </ul>
      )}
    </li>
  );
}

/** The type in a word or a few. */
function typeText(node: SchemaNode, root: JsonSchema): string {
  const mark = node["x-rtmsg-type"];
  if (mark !== undefined) return mark;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((one) => JSON.stringify(one)).join(" | ");
  const all = alternatives(node);
  if (all.length > 0) return all.map((one) => typeText(resolve(one, root), root)).join(" | ");
  if (typeOf(node) === "array" && typeof node.items === "object") {
    return `${typeText(resolve(node.items, root), root)}[]`;
  }
  return node.format ?? typeOf(node) ?? "any";
}

function limitsText(node: SchemaNode): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength } = node;
  const isBound = (value: number | undefined): value is number =>
    value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const limits = [
    isBound(minimum) && `≥ ${minimum}`,
    isBound(exclusiveMinimum) && `> ${exclusiveMinimum}`,
    isBound(maximum) && `≤ ${maximum}`,
    isBound(exclusiveMaximum) && `< ${exclusiveMaximum}`,
    minLength !== undefined && `${minLength}+ characters`,
    maxLength !== undefined && `up to ${maxLength} characters`,
    node.minItems !== undefined && `${node.minItems}+ items`,
    node.maxItems !== undefined && `up to ${node.maxItems} items`,
    node.default !== undefined && `default ${JSON.stringify(node.default)}`,
  ];
  return limits.filter((limit) => limit !== false).join(", ");
}
