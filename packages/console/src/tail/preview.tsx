/** Fields of an event that a row has room for. */
const MAX_FIELDS = 14;
/** Fields of an object within it that are shown as its own. */
const MAX_INNER = 4;
/** Characters of one value. */
const MAX_TEXT = 120;

/** An event's data in one line: `id "o-1"  total 12`. */
export function Preview({ data }: { readonly data: unknown }) {
  if (typeof data !== "object" || data === null || Array.isArray(data) || !isPlain(data)) {
    return <Value value={data} />;
  }
  const fields = fieldsOf(data).slice(0, MAX_FIELDS);
  if (fields.length === 0) return <span class="v-none">{"{}"}</span>;
  return (
    <>
      {fields.map(([name, value]) => (
        <span class="field-preview" key={name}>
          <span class="v-name">{name}</span> <Value value={value} />
        </span>
      ))}
    </>
  );
}

/** The fields of an object, and of the objects within it: `customer.name`. */
function fieldsOf(data: object): [string, unknown][] {
  return Object.entries(data).flatMap(([name, value]: [string, unknown]) => {
    const isNested = typeof value === "object" && value !== null && !Array.isArray(value) && isPlain(value);
    const inner = isNested ? Object.entries(value as Record<string, unknown>) : [];
    return inner.length === 0 || inner.length > MAX_INNER
      ? [[name, value] as [string, unknown]]
      : inner.map(([key, one]): [string, unknown] => [`${name}.${key}`, one]);
  });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A value in the colour of its type. */
export function Value({ value }: { readonly value: unknown }) {
  return <span class={classOf(value)}>{textOf(value)}</span>;
}

function classOf(value: unknown): string {
  if (value === null || value === undefined) return "v-none";
  if (value instanceof Date) return "v-date";
  if (typeof value === "object") return "v-none";
  return `v-${typeof value}`;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return cut(JSON.stringify(value.slice(0, MAX_TEXT + 1)));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[${value.length}]`;
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name}(${value.size})`;
  if (typeof value === "object" && value !== null) {
    return Object.keys(value).length === 0 ? "{}" : "{…}";
  }
  return String(value);
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
