import type { EventOf, TypesOf } from "@rtmsg/client";
import type { TopicStatus } from "@rtmsg/client/react";
import type { CSSProperties } from "react";
import type { topics } from "./topics.js";

type Message = EventOf<TypesOf<typeof topics>, "chat.launch">;

interface MessageListProps {
  readonly events: readonly Message[];
  readonly status: TopicStatus;
}

/** The messages, the newest at the bottom, where the list stays unless it is scrolled away. */
export function MessageList({ events, status }: MessageListProps) {
  const isEmpty = events.length === 0;
  return (
    // What scrolls takes the focus, so that the keyboard can scroll it.
    <div className="scroll" tabIndex={0} role="log" aria-label="Messages">
      {isEmpty && <p className="empty">{status === "live" ? "Nobody has said anything yet." : "Loading…"}</p>}
      <ol className="messages">
        {/* The key is the cursor: an offset may come again, in another log. */}
        {events.map((event, index) => (
          <MessageRow key={event.cursor} event={event} isContinued={continues(events[index - 1], event)} />
        ))}
      </ol>
    </div>
  );
}

/** Longest pause within what is shown under one name, in ms. */
const PAUSE_MS = 300_000;

function continues(before: Message | undefined, event: Message): boolean {
  return before?.data.author === event.data.author && event.time - before.time < PAUSE_MS;
}

interface MessageRowProps {
  readonly event: Message;
  readonly isContinued: boolean;
}

function MessageRow({ event: { data, offset, time }, isContinued }: MessageRowProps) {
  const style = { "--hue": hueOf(data.author) } as CSSProperties;
  return (
    <li className={isContinued ? "message continued" : "message"} style={style}>
      <span className="avatar" aria-hidden="true">
        {data.author.slice(0, 1).toUpperCase()}
      </span>
      <p className="meta">
        <strong>{data.author}</strong> <time dateTime={new Date(time).toISOString()}>{whenOf(time)}</time>
      </p>
      <p className="said">{data.text}</p>
      <span className="offset" title="The event's offset in the log">
        #{offset}
      </span>
    </li>
  );
}

const TODAY = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const EARLIER = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function whenOf(time: number): string {
  const isToday = new Date(time).toDateString() === new Date().toDateString();
  return (isToday ? TODAY : EARLIER).format(time);
}

/** A colour for a name, always the same; names that are much alike get others. */
function hueOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 9_973;
  return (hash * 61) % 360;
}
