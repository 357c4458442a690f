import { useSignal } from "@preact/signals";
import { Value } from "../tail/preview.js";

/** Entries of one object or array that are shown at once. */
const STEP = 100;
/** Levels that are open at first. */
const OPEN_LEVELS = 3;

interface JsonViewProps {
  readonly value: unknown;
  readonly name?: string;
  readonly level?: number;
}

/** Data as a tree to be opened and closed. */
export function JsonView({ value, name, level = 0 }: JsonViewProps) {
  const entries = entriesOf(value);
  if (entries === undefined) {
    return (
      <div class="json-leaf">
        <Name name={name} />
        {typeof value === "string" ? (
          <span class="v-string">{JSON.stringify(value)}</span>
        ) : (
          <Value value={value} />
        )}
      </div>
    );
  }
  return <Branch name={name} value={value as object} entries={entries} level={level} />;
}

interface BranchProps {
  readonly name: string | undefined;
  readonly value: object;
  readonly entries: readonly (readonly [string, unknown])[];
  readonly level: number;
}

function Branch({ name, value, entries, level }: BranchProps) {
  const isOpen = useSignal(level < OPEN_LEVELS && entries.length <= STEP);
  const shown = useSignal(STEP);
  if (entries.length === 0) {
    return (
      <div class="json-leaf">
        <Name name={name} />
        <Value value={value} />
      </div>
    );
  }
  return (
    <details
      class="json-branch"
      open={isOpen.value}
      onToggle={(event) => (isOpen.value = event.currentTarget.open)}
    >
      <summary>
        <Name name={name} />
        <span class="v-none">{summaryOf(value, entries.length)}</span>
      </summary>
      {isOpen.value && (
        <div class="json-children">
          {entries.slice(0, shown.value).map(([key, child]) => (
            <JsonView key={key} name={key} value={child} level={level + 1} />
          ))}
          {entries.length > shown.value && (
            <button type="button" class="link" onClick={() => (shown.value += STEP)}>
              {entries.length - shown.value} more
            </button>
          )}
        </div>
      )}
    </details>
  );
}

function Name({ name }: { readonly name: string | undefined }) {
  return name === undefined ? null : <span class="v-name">{name}: </span>;
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (value instanceof Map) return [...value].map(([key, one]) => [String(key), one] as const);
  if (value instanceof Set) return [...value].map((one, index) => [String(index), one as unknown] as const);
  if (typeof value !== "object" || value === null || value instanceof Date) return undefined;
  return Object.entries(value);
}

function summaryOf(value: object, length: number): string {
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name}(${length})`;
  return Array.isArray(value) ? `[${length}]` : `{${length}}`;
}
