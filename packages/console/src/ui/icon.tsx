/** The icons' lines, in a square of 20. */
const PATHS = {
  overview: "M3 16.500h14M5.500 13V9M10 13V4M14.500 13V7",
  topics: "M3.500 5h13M3.500 10h13M3.500 15h8",
  connections:
    "M6 9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM14 16a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM6 9v2a2.500 2.500 0 0 0 2.500 2.500h3",
  search: "M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11ZM13 13l4 4",
  pause: "M7 4.500v11M13 4.500v11",
  play: "M6.500 4.500v11l9-5.500Z",
  replay: "M4 10a6 6 0 1 0 2-4.500L4 7.300M4 3.500v3.800h3.800",
  copy: "M7.500 7.500h8v8h-8ZM12.500 7.500v-3h-8v8h3",
  check: "M4.500 10.500l3.500 3.500 7.500-8",
  sun: "M10 13.300a3.300 3.300 0 1 0 0-6.600 3.300 3.300 0 0 0 0 6.600ZM10 2.500v1.500M10 16v1.500M2.500 10h1.500M16 10h1.500M4.700 4.700l1 1M14.300 14.300l1 1M4.700 15.300l1-1M14.300 5.700l1-1",
  moon: "M16.500 11.500A7 7 0 0 1 8.500 3.500a7 7 0 1 0 8 8Z",
  system: "M3 4h14v9.500H3ZM7.500 16.500h5",
  back: "M11.500 4.500 6 10l5.500 5.500",
  down: "M10 4v11.500M5.500 11l4.500 4.500 4.500-4.500",
  send: "M3.500 10 16.500 4l-4.500 12.500-3-5.500Z",
  close: "M5 5l10 10M15 5 5 15",
  key: "M12.500 11a3.500 3.500 0 1 0-3.300-2.300L3.500 14.500v2h2.500v-2h2v-2l1.700-1.700",
  out: "M8 3.500H4v13h4M8.500 10h8M13 6.500l3.500 3.500-3.500 3.500",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside a word; it says nothing by itself. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
