import { useSignal } from "@preact/signals";
import { isRtmsgError, type Client, type From, type RtmsgEvent, type TopicInfo } from "@rtmsg/client";
import { useEffect, useMemo } from "preact/hooks";
import { clock } from "../clock.js";
import { age, bytes, count } from "../figures.js";
import { usePolled } from "../polled.js";
import { ProduceForm } from "../produce/produce-form.js";
import { addressOf } from "../route.js";
import { BROKER_URL, session } from "../session.js";
import { produceWithCurl } from "../snippets.js";
import { TailList } from "../tail/tail-list.js";
import { Tail, type TailView } from "../tail/tail.js";
import { Command } from "../ui/command.js";
import { Icon } from "../ui/icon.js";
import { narrow } from "../ui/narrow.js";
import { ErrorNotice, Notice } from "../ui/notice.js";
import { PageHead } from "../ui/page-head.js";
import { Tabs } from "../ui/tabs.js";
import { skeletonOf } from "../produce/data-skeleton.js";
import { declarationOf } from "./declaration.js";
import { EventPanel } from "./event-panel.js";
import { SchemaPanel } from "./schema-panel.js";
import { FIRST_LAST, TailBar } from "./tail-bar.js";

const POLL_MS = 2_000;

type Tab = "events" | "event" | "produce" | "schema";

/** A topic, or the topics of a pattern: their events as they come, and a form for the next one. */
export function TopicPage({ selection }: { readonly selection: string }) {
  const client = session.client.value;
  const isPattern = /[*>]/.test(selection);
  const about = usePolled((asked, signal) => aboutTopic(asked, selection, signal), POLL_MS, selection);
  const from = useSignal<From>({ last: FIRST_LAST });
  const chosen = useSignal<{ readonly number: number; readonly event: RtmsgEvent } | undefined>(undefined);
  const tab = useSignal<Tab>(narrow.value ? "events" : "produce");
  const tail = useMemo(() => client && new Tail(client, selection), [client, selection]);
  useEffect(() => {
    tail?.start(from.value);
    return () => tail?.stop();
  }, [tail]);
  if (tail === undefined) return null;
  const start = (to: From): void => {
    from.value = to;
    chosen.value = undefined;
    tail.start(to);
  };
  const info = about.value.value?.info;
  const schema = about.value.value?.schema ?? null;
  const isKnown = about.value.value !== undefined || about.error.value !== undefined;
  const panel = !narrow.value && tab.value === "events" ? "produce" : tab.value;
  const tabs = [
    ...(narrow.value ? [{ id: "events", name: "Events" } as const] : []),
    { id: "produce", name: "Produce" } as const,
    { id: "event", name: "Event" } as const,
    { id: "schema", name: "Schema" } as const,
  ];
  const events = (
    <section class="card events" aria-label="Events">
      <TailBar tail={tail} view={tail.view} selection={selection} from={from.value} onStart={start} />
      <TailBody
        tail={tail}
        selection={selection}
        info={info}
        chosen={chosen.value?.number}
        onChoose={(event, number, isOpened) => {
          chosen.value = { event, number };
          // On a phone the event takes the list's place, so only when it is asked for.
          if (isOpened || !narrow.value) tab.value = "event";
        }}
      />
    </section>
  );
  return (
    <div class="topic-page">
      <PageHead
        title={selection}
        back={{ to: addressOf({ page: "topics" }), name: "Topics" }}
        below={info === undefined ? isPattern ? "Topics of a pattern" : "" : <TopicFigures info={info} />}
      />
      <div class="topic-columns">
        {!narrow.value && events}
        <section class="card panel" aria-label="Details">
          <Tabs tabs={tabs} chosen={panel} onChoose={(id) => (tab.value = id)} label="Details">
            {panel === "events" && events}
            {panel === "event" && (
              <EventPanel
                event={chosen.value?.event}
                selection={selection}
                onDraft={() => (tab.value = "produce")}
              />
            )}
            {panel === "produce" && isKnown && <ProduceForm selection={selection} schema={schema} />}
            {panel === "schema" && (
              <SchemaPanel info={info} schema={schema} retention={about.value.value?.retention} />
            )}
          </Tabs>
        </section>
      </div>
    </div>
  );
}

interface TailBodyProps {
  readonly tail: Tail;
  readonly selection: string;
  readonly info: TopicInfo | undefined;
  readonly chosen: number | undefined;
  readonly onChoose: (event: RtmsgEvent, number: number, isOpened: boolean) => void;
}

function TailBody({ tail, selection, info, chosen, onChoose }: TailBodyProps) {
  const view = tail.view.value;
  const isPattern = /[*>]/.test(selection);
  return (
    <>
      {view.error !== undefined && (
        <ErrorNotice error={view.error}>
          {view.error.code === "FORBIDDEN" &&
            "You may produce to it, if your token says so, but not read it."}
        </ErrorNotice>
      )}
      {view.status === "held" && (
        <Notice tone="quiet" title="There is more of the past">
          <button type="button" class="link" onClick={() => tail.resume()}>
            Read on
          </button>{" "}
          or{" "}
          <button type="button" class="link" onClick={() => tail.start("latest")}>
            go to what is new
          </button>
        </Notice>
      )}
      {view.rows.length > 0 ? (
        <TailList
          view={tail.view}
          label={`Events of ${selection}`}
          hasTopics={isPattern}
          chosen={chosen}
          onChoose={({ event, number }, isOpened) => onChoose(event, number, isOpened)}
        />
      ) : (
        <NoEvents view={view} selection={selection} info={info} />
      )}
    </>
  );
}

interface NoEventsProps {
  readonly view: TailView;
  readonly selection: string;
  readonly info: TopicInfo | undefined;
}

function NoEvents({ view, selection, info }: NoEventsProps) {
  if (view.status === "failed") return null;
  if (view.status !== "live") return <div class="empty">Reading…</div>;
  if (view.held > 0) return <div class="empty">No event of {count(view.held)} passes the filter.</div>;
  const example = {
    topic: /[*>]/.test(selection) ? selection.replaceAll("*", "a").replace(/>$/, "a") : selection,
    json: JSON.stringify(skeletonOf(info?.inputSchema ?? null)),
  };
  const place = { url: BROKER_URL, hasAuth: session.token.value !== undefined };
  return (
    <div class="empty teach">
      <Icon name="topics" />
      <p>
        <strong>Nothing here yet.</strong> What is produced from now on appears at once. Use the form, or run
        this:
      </p>
      <Command title="With curl" text={produceWithCurl(place, example)} />
    </div>
  );
}

function TopicFigures({ info }: { readonly info: TopicInfo }) {
  return (
    <>
      {count(info.count)} {info.count === 1 ? "event" : "events"} · {bytes(info.bytes)}
      {info.lastEventTime !== null && <> · last {age(info.lastEventTime, clock.value)}</>}
    </>
  );
}

interface About {
  readonly info: TopicInfo | undefined;
  /** What a producer gives. */
  readonly schema: TopicInfo["inputSchema"];
  readonly retention: TopicInfo["retention"] | undefined;
}

/** What is known of a topic, or declared of a pattern. */
async function aboutTopic(client: Client, selection: string, signal: AbortSignal): Promise<About> {
  if (!/[*>]/.test(selection)) {
    try {
      const info = await client.topics.get.query({ topic: selection }, { signal });
      return { info, schema: info.inputSchema, retention: info.retention };
    } catch (error) {
      // It comes to be with its first event.
      if (!isRtmsgError(error, "TOPIC_UNKNOWN")) throw error;
    }
  }
  const declared = await declarationOf(client, selection, signal);
  return { info: undefined, schema: declared?.inputSchema ?? null, retention: declared?.retention };
}
