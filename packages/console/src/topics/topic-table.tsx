import type { Signal } from "@preact/signals";
import type { TopicInfo } from "@rtmsg/client";
import { clock } from "../clock.js";
import { age, bytes, count } from "../figures.js";
import { addressOf } from "../route.js";
import { retentionText } from "../topic/retention-text.js";
import { fieldNames } from "./field-names.js";

type Column = "topic" | "count" | "bytes" | "lastEventTime";

/** By what topics are sorted. */
export interface TopicOrder {
  readonly by: Column;
  readonly isDown: boolean;
}

const COLUMNS: readonly { readonly id: Column; readonly name: string; readonly isNumber: boolean }[] = [
  { id: "topic", name: "Topic", isNumber: false },
  { id: "count", name: "Events", isNumber: true },
  { id: "bytes", name: "Size", isNumber: true },
  { id: "lastEventTime", name: "Last event", isNumber: true },
];

/** Topics in an order. */
export function sortTopics(topics: readonly TopicInfo[], { by, isDown }: TopicOrder): TopicInfo[] {
  const sign = isDown ? -1 : 1;
  return topics.toSorted((one, other) => {
    const [left, right] = [one[by] ?? -1, other[by] ?? -1];
    return left === right ? one.topic.localeCompare(other.topic) : (left < right ? -1 : 1) * sign;
  });
}

interface TopicTableProps {
  readonly topics: readonly TopicInfo[];
  readonly order: Signal<TopicOrder>;
}

/** Topics with their figures. */
export function TopicTable({ topics, order }: TopicTableProps) {
  const { by, isDown } = order.value;
  const sortBy = (id: Column, isNumber: boolean): void => {
    order.value = { by: id, isDown: by === id ? !isDown : isNumber };
  };
  return (
    <table class="card table topics">
      <thead>
        <tr>
          {COLUMNS.map(({ id, name, isNumber }) => (
            <th
              key={id}
              scope="col"
              class={`${isNumber ? "number" : ""} col-${id}`}
              aria-sort={by === id ? (isDown ? "descending" : "ascending") : undefined}
            >
              <button type="button" onClick={() => sortBy(id, isNumber)}>
                {name}
              </button>
            </th>
          ))}
          <th scope="col" class="col-keeps">
            Keeps
          </th>
          <th scope="col" class="col-schema">
            Schema
          </th>
        </tr>
      </thead>
      <tbody>
        {topics.map((topic) => (
          <TopicRow key={topic.topic} topic={topic} />
        ))}
      </tbody>
    </table>
  );
}

function TopicRow({ topic }: { readonly topic: TopicInfo }) {
  const { topic: name, count: events, bytes: size, lastEventTime, retention, schema } = topic;
  return (
    <tr>
      <th scope="row" class="col-topic">
        <a href={addressOf({ page: "topic", topic: name })}>{name}</a>
      </th>
      <td class="number col-count">{count(events)}</td>
      <td class="number col-bytes">{bytes(size)}</td>
      <td class="number col-lastEventTime">
        {lastEventTime === null ? "Never" : age(lastEventTime, clock.value)}
      </td>
      <td class="col-keeps">{retentionText(retention)}</td>
      <td class="col-schema">{schema === null ? <span class="quiet">Any JSON</span> : fieldNames(schema)}</td>
    </tr>
  );
}
