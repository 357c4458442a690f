import { useComputed, useSignal } from "@preact/signals";
import { isRtmsgError, RtmsgError, type DataIssue, type JsonSchema, type Receipt } from "@rtmsg/client";
import { useMemo } from "preact/hooks";
import { BROKER_URL, session } from "../session.js";
import { produceWithCurl, produceWithTypeScript, type Draft } from "../snippets.js";
import { CopyButton } from "../ui/copy.js";
import { Icon } from "../ui/icon.js";
import { ErrorNotice } from "../ui/notice.js";
import { skeletonOf } from "./data-skeleton.js";
import { JsonEditor } from "./json-editor.js";
import { JsonText, type PlacedIssue } from "./json-places.js";
import { toMarkedTypes } from "./marked-types.js";
import { drafts, parseHeaders, setDraft, type ProduceDraft } from "./produce-draft.js";
import { SchemaCheck } from "./schema-check.js";

interface ProduceFormProps {
  /** The topic, or the pattern of several. */
  readonly selection: string;
  /** What the data must be like; null where nobody has said. */
  readonly schema: JsonSchema | null;
}

/** What came of the last attempt. */
interface Outcome {
  readonly receipt?: Receipt;
  readonly error?: RtmsgError;
  /** The text that the error is about. */
  readonly json?: string;
}

/** Produces an event: its data as JSON, held against the schema as it is written. */
export function ProduceForm({ selection, schema }: ProduceFormProps) {
  const isPattern = /[*>]/.test(selection);
  const first = useMemo(() => freshDraft(selection, isPattern, schema), [selection, schema]);
  const draft = drafts.value[selection] ?? first;
  const outcome = useSignal<Outcome>({});
  const isSending = useSignal(false);
  const check = useMemo(() => (schema === null ? undefined : new SchemaCheck(schema)), [schema]);
  const issues = useMemo(() => issuesOf(draft.json, check), [draft.json, check]);
  const refused = refusedAt(outcome.value, draft.json);
  const edit = (change: Partial<ProduceDraft>): void => {
    setDraft(selection, { ...draft, ...change });
    if (outcome.value.receipt !== undefined) outcome.value = {};
  };
  const produce = async (): Promise<void> => {
    const client = session.client.value;
    if (client === undefined || isSending.value || issues.length > 0) return;
    isSending.value = true;
    outcome.value = {};
    try {
      const { json, ...input } = inputOf(draft);
      const data = toMarkedTypes(new JsonText(json).value(), schema);
      outcome.value = { receipt: await client.produce.mutate({ ...input, data }) };
    } catch (error) {
      outcome.value = { error: asRtmsgError(error), json: draft.json };
    } finally {
      isSending.value = false;
    }
  };
  const isOpen = useComputed(() => session.isOpen.value);
  const place = { url: BROKER_URL, hasAuth: session.token.value !== undefined };
  const snippet = (make: typeof produceWithCurl) => (): string => {
    try {
      return make(place, inputOf(draft));
    } catch {
      return make(place, { topic: draft.topic, json: draft.json });
    }
  };
  return (
    <form
      class="produce"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void produce();
      }}
    >
      {isPattern && (
        <label class="stacked">
          Topic
          <input
            value={draft.topic}
            placeholder={selection}
            onInput={(event) => edit({ topic: event.currentTarget.value })}
          />
        </label>
      )}
      <div class="produce-head">
        <label for="produce-data">Data, as JSON</label>
        <span class="produce-tools">
          <button type="button" class="link" onClick={() => edit({ json: formatted(draft.json) })}>
            Format
          </button>
          <button type="button" class="link" onClick={() => edit({ json: first.json })}>
            Start over
          </button>
        </span>
      </div>
      <JsonEditor
        id="produce-data"
        label="Data, as JSON"
        text={draft.json}
        issues={issues.length > 0 ? issues : refused}
        onInput={(json) => edit({ json })}
        onSubmit={() => void produce()}
      />
      <MoreFields draft={draft} edit={edit} />
      {outcome.value.error !== undefined && refused.length === 0 && (
        <ErrorNotice error={outcome.value.error} />
      )}
      <div class="produce-foot">
        <button type="submit" class="primary" disabled={isSending.value || issues.length > 0}>
          <Icon name="send" /> {isSending.value ? (isOpen.value ? "Producing…" : "Waiting…") : "Produce"}
        </button>
        <CopyButton text={snippet(produceWithCurl)} label="as curl">
          curl
        </CopyButton>
        <CopyButton text={snippet(produceWithTypeScript)} label="as TypeScript">
          TypeScript
        </CopyButton>
      </div>
      <p class="receipt" role="status">
        {outcome.value.receipt !== undefined && (
          <>
            Stored at offset <strong>#{outcome.value.receipt.offset}</strong>
            {outcome.value.receipt.duplicate && ": it was there already, with the same id"}
          </>
        )}
      </p>
    </form>
  );
}

interface MoreFieldsProps {
  readonly draft: ProduceDraft;
  readonly edit: (change: Partial<ProduceDraft>) => void;
}

function MoreFields({ draft, edit }: MoreFieldsProps) {
  const isUsed = draft.key !== "" || draft.id !== "" || draft.headers !== "";
  return (
    <details class="more" open={isUsed}>
      <summary>Key, id and headers</summary>
      <label class="stacked">
        Key
        <input
          value={draft.key}
          placeholder="What the event is about, such as customer-7"
          onInput={(event) => edit({ key: event.currentTarget.value })}
        />
      </label>
      <label class="stacked">
        Event id
        <input
          value={draft.id}
          placeholder="The same id again is not a second event"
          onInput={(event) => edit({ id: event.currentTarget.value })}
        />
      </label>
      <label class="stacked">
        Headers, one a line
        <textarea
          rows={2}
          value={draft.headers}
          placeholder="source: console"
          onInput={(event) => edit({ headers: event.currentTarget.value })}
        />
      </label>
    </details>
  );
}

function freshDraft(selection: string, isPattern: boolean, schema: JsonSchema | null): ProduceDraft {
  const topic = isPattern ? "" : selection;
  return { topic, json: JSON.stringify(skeletonOf(schema), null, 2), id: "", key: "", headers: "" };
}

function issuesOf(json: string, check: SchemaCheck | undefined): readonly PlacedIssue[] {
  const text = new JsonText(json);
  const { problem } = text;
  if (problem !== undefined) return [problem];
  return check?.issues(text.value()).map((issue) => text.place(issue)) ?? [];
}

/** What the broker has found, for as long as the text is the one that it saw. */
function refusedAt({ error, json }: Outcome, text: string): readonly PlacedIssue[] {
  if (error === undefined || json !== text || !isRtmsgError(error, "DATA_INVALID")) return [];
  const issues: readonly DataIssue[] = error.details.issues ?? [{ path: [], message: error.message }];
  const places = new JsonText(text);
  return issues.map((issue) => places.place(issue));
}

function inputOf({ topic, json, id, key, headers }: ProduceDraft): Draft {
  const named = parseHeaders(headers);
  return {
    topic: topic.trim(),
    json,
    ...(id !== "" && { id }),
    ...(key !== "" && { key }),
    ...(named !== undefined && { headers: named }),
  };
}

function formatted(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function asRtmsgError(error: unknown): RtmsgError {
  return isRtmsgError(error)
    ? error
    : new RtmsgError("INPUT_INVALID", error instanceof Error ? error.message : String(error));
}
