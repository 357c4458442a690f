import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { timeOfDay } from "../figures.js";
import { Icon } from "../ui/icon.js";
import { narrow } from "../ui/narrow.js";
import { Preview } from "./preview.js";
import type { EventRow, Row } from "./row.js";
import type { TailView } from "./tail.js";

/** Heights of a row, in px; the style sheet has the same. */
const ROW_WIDE = 30;
const ROW_NARROW = 48;
/** Rows outside of the window that are there already when it scrolls. */
const SPARE = 6;

interface TailListProps {
  readonly view: ReadonlySignal<TailView>;
  readonly label: string;
  /** Whether rows say their topic. */
  readonly hasTopics: boolean;
  /** The number of the chosen row. */
  readonly chosen: number | undefined;
  /** Called with the row that is chosen; `isOpened` says that it is to be read now. */
  readonly onChoose: (row: EventRow, isOpened: boolean) => void;
}

/** Rows as a list that holds only what can be seen of it, and stays at its end while that is in sight. */
export function TailList({ view, label, hasTopics, chosen, onChoose }: TailListProps) {
  const { rows, dropped } = view.value;
  const rowHeight = narrow.value ? ROW_NARROW : ROW_WIDE;
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(600);
  const isFollowing = useSignal(true);
  const before = useRef({ dropped: 0, top: 0 });

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => (height.value = element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const gone = dropped - before.current.dropped;
    before.current.dropped = dropped;
    if (isFollowing.value) element.scrollTop = element.scrollHeight;
    else if (gone > 0) element.scrollTop -= gone * rowHeight;
    before.current.top = element.scrollTop;
    top.value = element.scrollTop;
  });

  const scrolled = (): void => {
    const element = box.current;
    if (element === null) return;
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - rowHeight;
    // What comes makes the list longer below; only who scrolls goes up.
    if (isAtEnd) isFollowing.value = true;
    else if (element.scrollTop < before.current.top) isFollowing.value = false;
    before.current.top = element.scrollTop;
    top.value = element.scrollTop;
  };

  const choose = (index: number, isOpened: boolean): void => {
    const row = rows[index];
    const element = box.current;
    if (row?.kind !== "event" || element === null) return;
    onChoose(row, isOpened);
    const at = index * rowHeight;
    if (at < element.scrollTop) element.scrollTop = at;
    else if (at + rowHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = at + rowHeight - element.clientHeight;
    }
  };

  const pressed = (event: KeyboardEvent): void => {
    const at = rows.findIndex(({ number }) => number === chosen);
    const to = moved(rows, at, event.key, Math.floor(height.value / rowHeight));
    if (event.key === "Enter" && at >= 0) choose(at, true);
    else if (to === undefined) return;
    else choose(to, false);
    if (event.key === "End") isFollowing.value = true;
    event.preventDefault();
  };

  const first = Math.max(0, Math.floor(top.value / rowHeight) - SPARE);
  const last = Math.min(rows.length, Math.ceil((top.value + height.value) / rowHeight) + SPARE);
  const seen = rows.slice(first, last);
  const isChosenSeen = seen.some(({ number }) => number === chosen);
  return (
    <div class="tail-frame">
      <div
        ref={box}
        class={`tail ${hasTopics ? "with-topics" : ""}`}
        role="listbox"
        aria-label={label}
        aria-activedescendant={isChosenSeen ? `row-${chosen}` : undefined}
        tabIndex={0}
        onScroll={scrolled}
        onKeyDown={pressed}
      >
        <div class="tail-room" role="presentation" style={{ height: `${rows.length * rowHeight}px` }}>
          <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
            {seen.map((row, index) => (
              <RowView
                key={index}
                row={row}
                isChosen={row.number === chosen}
                onClick={() => choose(first + index, true)}
              />
            ))}
          </div>
        </div>
      </div>
      {!isFollowing.value && (
        <button type="button" class="to-end" onClick={() => (isFollowing.value = true)}>
          <Icon name="down" /> Newest
        </button>
      )}
    </div>
  );
}

/** Where a key leads to: an event's index. */
function moved(rows: readonly Row[], at: number, key: string, page: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: page,
    PageUp: -page,
    Home: -rows.length,
    End: rows.length,
  };
  const step = steps[key];
  if (step === undefined || rows.length === 0) return undefined;
  const start = at === -1 ? (step < 0 ? rows.length : rows.length - 2) : at;
  let to = Math.min(Math.max(start + step, 0), rows.length - 1);
  const direction = step < 0 ? -1 : 1;
  while (rows[to] !== undefined && rows[to]?.kind !== "event") to += direction;
  return rows[to] === undefined ? undefined : to;
}

interface RowViewProps {
  readonly row: Row;
  readonly isChosen: boolean;
  readonly onClick: () => void;
}

function RowView({ row, isChosen, onClick }: RowViewProps) {
  if (row.kind !== "event") {
    return (
      <div class={`row note ${row.kind}`} role="option" aria-selected="false" aria-disabled="true">
        <span>{row.text}</span>
      </div>
    );
  }
  const { offset, time, topic, key, data } = row.event;
  return (
    // Keys go to the list, which is what has the focus.
    <div
      id={`row-${row.number}`}
      class={`row ${isChosen ? "chosen" : ""}`}
      role="option"
      aria-selected={isChosen}
      onClick={onClick}
    >
      <span class="row-offset">#{offset}</span>
      <span class="row-time">{timeOfDay(time)}</span>
      <span class="row-topic">{topic}</span>
      <span class="row-data">
        {key !== undefined && <span class="row-key">{key}</span>}
        <Preview data={data} />
      </span>
    </div>
  );
}
