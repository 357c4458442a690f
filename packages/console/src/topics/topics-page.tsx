import { useComputed, useSignal } from "@preact/signals";
import type { Client, DeclaredTopic, TopicInfo } from "@rtmsg/client";
import { useEffect, useRef } from "preact/hooks";
import { bytes, count } from "../figures.js";
import { usePolled } from "../polled.js";
import { addressOf, go } from "../route.js";
import { ErrorNotice, Notice } from "../ui/notice.js";
import { Icon } from "../ui/icon.js";
import { PageHead } from "../ui/page-head.js";
import { retentionText } from "../topic/retention-text.js";
import { fieldNames } from "./field-names.js";
import { NoTopics } from "./no-topics.js";
import { sortTopics, TopicTable, type TopicOrder } from "./topic-table.js";

const POLL_MS = 2_000;
/** Topics that are asked for at once; past it a search asks the broker. */
const MOST = 1_000;

interface Answer {
  readonly topics: readonly TopicInfo[];
  readonly declared: readonly DeclaredTopic[];
  readonly hasMore: boolean;
}

/** The topics that there are, and the patterns that were declared. */
export function TopicsPage() {
  const search = useSignal("");
  const order = useSignal<TopicOrder>({ by: "topic", isDown: false });
  const hasMore = useSignal(false);
  // Where not all fit into one answer, the broker searches by the name's beginning.
  const prefix = hasMore.value ? search.value.trim() : "";
  const polled = usePolled((client, signal) => ask(client, prefix, signal), POLL_MS, `topics:${prefix}`);
  const answer = polled.value.value;
  useEffect(() => {
    if (answer?.hasMore === true) hasMore.value = true;
  }, [answer]);
  const shown = useComputed(() => {
    const wanted = search.value.trim().toLowerCase();
    const all = polled.value.value?.topics ?? [];
    return sortTopics(
      all.filter(({ topic }) => topic.toLowerCase().includes(wanted)),
      order.value,
    );
  });
  const field = useRef<HTMLInputElement>(null);
  const patterns = answer?.declared.filter(({ selection }) => /[*>]/.test(selection)) ?? [];
  const isEmpty = answer !== undefined && answer.topics.length === 0 && prefix === "";
  return (
    <div class="topics-page">
      <PageHead title="Topics" below={answer && summary(answer)}>
        <form
          class="search"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            const topic = search.value.trim();
            if (topic !== "")
              go({
                page: "topic",
                topic: shown.value.length === 1 ? (shown.value[0]?.topic ?? topic) : topic,
              });
          }}
        >
          <Icon name="search" />
          <input
            ref={field}
            type="search"
            aria-label="Search topics"
            placeholder="Search, or open orders.>"
            data-shortcut="/"
            value={search.value}
            onInput={(event) => (search.value = event.currentTarget.value)}
          />
          <kbd aria-hidden="true">/</kbd>
        </form>
      </PageHead>
      {polled.error.value !== undefined && <ErrorNotice error={polled.error.value} />}
      {answer?.hasMore === true && (
        <Notice tone="quiet" title={`These are ${count(MOST)} topics of more`}>
          Type the beginning of a name to see others.
        </Notice>
      )}
      {isEmpty && <NoTopics hasPatterns={patterns.length > 0} />}
      {!isEmpty && shown.value.length > 0 && <TopicTable topics={shown.value} order={order} />}
      {!isEmpty && answer !== undefined && shown.value.length === 0 && (
        <div class="card empty">
          No topic is named like this. Enter opens <code>{search.value.trim()}</code> all the same: a topic
          comes to be with its first event.
        </div>
      )}
      {patterns.length > 0 && <Patterns patterns={patterns} />}
    </div>
  );
}

function summary({ topics, hasMore }: Answer): string {
  const events = topics.reduce((sum, topic) => sum + topic.count, 0);
  const size = topics.reduce((sum, topic) => sum + topic.bytes, 0);
  const names = `${count(topics.length)}${hasMore ? "+" : ""} ${topics.length === 1 ? "topic" : "topics"}`;
  return `${names} · ${count(events)} events · ${bytes(size)}`;
}

async function ask(client: Client, prefix: string, signal: AbortSignal): Promise<Answer> {
  const [page, { topics: declared }] = await Promise.all([
    client.topics.list.query({ limit: MOST, prefix }, { signal }),
    client.topics.declared.query({ signal }),
  ]);
  return { topics: page.topics, declared, hasMore: page.next !== null };
}

function Patterns({ patterns }: { readonly patterns: readonly DeclaredTopic[] }) {
  return (
    <section class="patterns" aria-labelledby="patterns-title">
      <h2 id="patterns-title">Declared patterns</h2>
      <ul>
        {patterns.map(({ selection, retention, schema }) => (
          <li key={selection} class="card">
            <a href={addressOf({ page: "topic", topic: selection })}>{selection}</a>
            <span>Keeps {retentionText(retention).toLowerCase()}</span>
            <span>{schema === null ? "Any JSON" : fieldNames(schema)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
