import { signal, type ReadonlySignal } from "@preact/signals";

const query = matchMedia("(max-width: 56rem)");
const matches = signal(query.matches);
query.addEventListener("change", () => (matches.value = query.matches));

/** Whether the page has a phone's width; the style sheet has the same limit. */
export const narrow: ReadonlySignal<boolean> = matches;
