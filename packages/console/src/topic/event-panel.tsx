import type { RtmsgEvent } from "@rtmsg/client";
import { clock } from "../clock.js";
import { age, dayAndTime } from "../figures.js";
import { draftOf, jsonOf, parseHeaders, setDraft } from "../produce/produce-draft.js";
import { BROKER_URL, session } from "../session.js";
import { produceWithCurl, produceWithTypeScript, type Draft } from "../snippets.js";
import { CopyButton } from "../ui/copy.js";
import { JsonView } from "./json-view.js";

interface EventPanelProps {
  readonly event: RtmsgEvent | undefined;
  /** The topic or pattern of the page. */
  readonly selection: string;
  /** Called when the event has become a draft. */
  readonly onDraft: () => void;
}

/** One event: what it holds, and what to do with it. */
export function EventPanel({ event, selection, onDraft }: EventPanelProps) {
  if (event === undefined) {
    return <p class="hint">Choose an event to read it: by a click, or with the arrow keys in the list.</p>;
  }
  const { topic, offset, cursor, time, id, key, headers, data } = event;
  const place = { url: BROKER_URL, hasAuth: session.token.value !== undefined };
  return (
    <div class="event-panel">
      <h2 class="event-title">
        #{offset} <small>{age(time, clock.value)}</small>
      </h2>
      <dl class="facts">
        <Fact name="Topic" value={topic} />
        <Fact name="Time" value={dayAndTime(time)} />
        <Fact name="Cursor" value={cursor} />
        {key !== undefined && <Fact name="Key" value={key} />}
        {id !== undefined && <Fact name="Event id" value={id} />}
        {Object.entries(headers ?? {}).map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
      <div class="json-view">
        <JsonView value={data} />
      </div>
      <div class="produce-foot">
        <CopyButton text={() => jsonOf(data)} label="as JSON">
          JSON
        </CopyButton>
        <CopyButton text={() => produceWithCurl(place, snippetOf(event))} label="as curl">
          curl
        </CopyButton>
        <CopyButton text={() => produceWithTypeScript(place, snippetOf(event))} label="as TypeScript">
          TypeScript
        </CopyButton>
        <button
          type="button"
          class="link"
          onClick={() => {
            setDraft(selection, draftOf(event));
            onDraft();
          }}
        >
          Edit and produce
        </button>
      </div>
    </div>
  );
}

function snippetOf(event: RtmsgEvent): Draft {
  const { topic, json, key, headers } = draftOf(event);
  const { id } = event;
  const named = parseHeaders(headers);
  return { topic, json, id, ...(key !== "" && { key }), ...(named !== undefined && { headers: named }) };
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
