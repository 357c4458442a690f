import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { timeOfDay } from "../figures.js";
import { appearance } from "../theme.js";
import { statsFeed, type Sample, type Stats } from "./stats-feed.js";

/** The colours of lines, as the style sheet has them. */
type Colour = "--accent" | "--v-number" | "--v-date" | "--v-boolean";

/** One line of a chart. */
export interface Line {
  readonly name: string;
  readonly colour: Colour;
  readonly value: (stats: Stats) => number | null;
}

interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Says a value. */
  readonly format: (value: number) => string;
  /** The least that the axis goes up to. */
  readonly least: number;
  /** Whether round numbers are powers of two, as of bytes. */
  readonly isBinary?: boolean;
}

const HEIGHT = 150;
/** The time that is shown, in s: the least at first, the most later. */
const LEAST_S = 60;
const MOST_S = 300;
const SYNC = "overview";
/** How far apart the lines of a grid may be, where they are of bytes. */
const BINARY_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** Figures over time; what they are now, or where the pointer is, stands above. */
export function Chart(props: ChartProps) {
  const { title, lines, format } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const pointed = useSignal<number | null | undefined>(undefined);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new UPlot(
      optionsOf(props, (index) => (pointed.value = index)),
      dataOf(statsFeed.samples.peek(), lines),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, []);
  useSignalEffect(() => {
    const data = dataOf(statsFeed.samples.value, lines);
    plot.current?.setData(data);
  });
  useSignalEffect(() => {
    // Colours are read as it is drawn.
    void appearance.value;
    plot.current?.redraw();
  });
  const samples = statsFeed.samples.value;
  const at = samples[pointed.value ?? -1] ?? samples.at(-1);
  return (
    <section class="card chart" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <dl>
          {lines.map(({ name, colour, value }) => (
            <div key={name}>
              <dt class={`line${colour}`}>{name}</dt>
              <dd>{sayValue(at?.stats && value(at.stats), format)}</dd>
            </div>
          ))}
        </dl>
      </header>
      <div ref={box} class="plot" aria-hidden="true" />
    </section>
  );
}

function sayValue(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}

function dataOf(samples: readonly Sample[], lines: readonly Line[]): UPlot.AlignedData {
  return [
    samples.map(({ at }) => at),
    ...lines.map(({ value }) => samples.map(({ stats }) => (stats === undefined ? null : value(stats)))),
  ];
}

function optionsOf(
  { lines, format, least, isBinary = false }: ChartProps,
  onPoint: (index: number | null | undefined) => void,
): UPlot.Options {
  const axis: UPlot.Axis = {
    stroke: () => colourOf("--quiet"),
    font: '11px "Inter Variable", system-ui, sans-serif',
    ticks: { show: false },
    grid: { stroke: () => colourOf("--line"), width: 1 },
  };
  return {
    width: 300,
    height: HEIGHT,
    // Half of the last label stands beyond the chart.
    padding: [8, 32, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: SYNC }, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: {
        time: true,
        range: (_, first, last) => [Math.max(Math.min(first, last - LEAST_S), last - MOST_S), last],
      },
      y: { range: (_, __, most) => [0, Math.max(most * 1.15, least)] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 90,
        grid: { show: false },
        values: (_, times) => times.map((time) => timeOfDay(time * 1_000, false)),
      },
      {
        ...axis,
        size: 62,
        space: 34,
        ...(isBinary && { incrs: BINARY_STEPS }),
        values: (_, values) => values.map(format),
      },
    ],
    series: [
      {},
      ...lines.map(({ colour }, index): UPlot.Series => ({
        stroke: () => colourOf(colour),
        width: 2,
        points: { show: false },
        ...(index === 0 && { fill: () => colourOf(colour, 0.12) }),
      })),
    ],
    hooks: {
      setCursor: [({ cursor }) => onPoint((cursor.left ?? -1) < 0 ? undefined : cursor.idx)],
    },
  };
}

/** A colour of the style sheet, as a canvas takes it: the browser works out which theme it is. */
function colourOf(name: Colour | "--quiet" | "--line", alpha = 1): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return alpha === 1 ? color : color.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);
}
