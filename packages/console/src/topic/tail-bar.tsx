import { useSignal, type ReadonlySignal } from "@preact/signals";
import type { From } from "@rtmsg/client";
import { count, short } from "../figures.js";
import { BROKER_URL, session } from "../session.js";
import { subscribeWithCurl, subscribeWithTypeScript } from "../snippets.js";
import { localTime, START_KINDS, startOf, type StartKind } from "../tail/start-choice.js";
import type { Tail, TailView } from "../tail/tail.js";
import { CopyButton } from "../ui/copy.js";
import { Icon } from "../ui/icon.js";

/** How many events a page shows at first. */
export const FIRST_LAST = 200;
const AN_HOUR_MS = 3_600_000;

/** What is in the field before anything was entered. */
const INITIAL: Readonly<Record<StartKind, () => string>> = {
  last: () => String(FIRST_LAST),
  latest: () => "",
  earliest: () => "",
  time: () => localTime(Date.now() - AN_HOUR_MS),
  offset: () => "0",
};

interface TailBarProps {
  readonly tail: Tail;
  readonly view: ReadonlySignal<TailView>;
  readonly selection: string;
  /** Where the tail has started. */
  readonly from: From;
  readonly onStart: (from: From) => void;
}

/** Where a tail starts, what it shows, and whether it goes on. */
export function TailBar({ tail, view, selection, from, onStart }: TailBarProps) {
  const kind = useSignal<StartKind>("last");
  const value = useSignal(INITIAL.last());
  const filter = useSignal("");
  const start = startOf(kind.value, value.value);
  const place = { url: BROKER_URL, hasAuth: session.token.value !== undefined };
  const { isPaused, status } = view.value;
  return (
    <div class="tail-bar">
      <form
        class="start"
        onSubmit={(event) => {
          event.preventDefault();
          if (start !== undefined) onStart(start);
        }}
      >
        <label>
          <span class="unseen">Start at</span>
          <select
            value={kind.value}
            onChange={(event) => {
              kind.value = event.currentTarget.value as StartKind;
              value.value = INITIAL[kind.value]();
            }}
          >
            {Object.entries(START_KINDS).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {kind.value !== "latest" && kind.value !== "earliest" && (
          <input
            class="start-value"
            aria-label={START_KINDS[kind.value]}
            type={kind.value === "time" ? "datetime-local" : "number"}
            step="1"
            min="0"
            value={value.value}
            onInput={(event) => (value.value = event.currentTarget.value)}
          />
        )}
        <button type="submit" disabled={start === undefined}>
          <Icon name="replay" /> Replay
        </button>
      </form>
      <button
        type="button"
        class="pause"
        data-shortcut="p"
        aria-pressed={isPaused}
        disabled={status === "failed"}
        onClick={() => (isPaused ? tail.resume() : tail.pause())}
      >
        <Icon name={isPaused ? "play" : "pause"} /> {isPaused ? "Resume" : "Pause"}
      </button>
      <label class="filter">
        <Icon name="search" />
        <span class="unseen">Filter</span>
        <input
          type="search"
          placeholder="Filter: text, or total>20"
          data-shortcut="/"
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
            tail.filter(filter.value);
          }}
        />
      </label>
      <div class="tail-state">
        <span class={`tail-status ${toneOf(view.value)}`} role="status">
          {wordFor(view.value)}
        </span>
        <TailCount view={view} isFiltered={filter.value.trim() !== ""} />
        <span class="copies">
          <CopyButton text={() => subscribeWithCurl(place, selection, from)} label="the subscription as curl">
            curl
          </CopyButton>
          <CopyButton
            text={() => subscribeWithTypeScript(place, selection, from)}
            label="the subscription as TypeScript"
          >
            TypeScript
          </CopyButton>
        </span>
      </div>
    </div>
  );
}

interface TailCountProps {
  readonly view: ReadonlySignal<TailView>;
  readonly isFiltered: boolean;
}

function TailCount({ view, isFiltered }: TailCountProps) {
  const { rows, held, rate, isPaused } = view.value;
  const shown = isFiltered ? `${count(rows.length)} of ${count(held)}` : count(held);
  return (
    <span class="tail-count">
      {shown} {held === 1 ? "row" : "rows"}
      {rate > 0 && !isPaused && <> · {short(rate)}/s</>}
    </span>
  );
}

function wordFor({ status, isPaused }: TailView): string {
  if (status === "failed") return "Stopped";
  if (!session.isOpen.value) return "Not connected";
  if (isPaused) return "Paused";
  if (status === "live") return "Live";
  if (status === "stale") return "The broker has lost its log";
  return status === "held" ? "Waiting" : "Reading the past…";
}

function toneOf({ status, isPaused }: TailView): "good" | "busy" | "bad" {
  if (status === "failed") return "bad";
  return status === "live" && !isPaused && session.isOpen.value ? "good" : "busy";
}
