import { go } from "../route.js";

/** Single keys that do something while nobody writes. */
export const SHORTCUTS: readonly { readonly key: string; readonly what: string }[] = [
  { key: "/", what: "Search, or filter" },
  { key: "p", what: "Pause the tail, and go on" },
  { key: "o", what: "Overview" },
  { key: "t", what: "Topics" },
  { key: "c", what: "Connections" },
  { key: "?", what: "These keys" },
];

/** Listens for them. */
export function shortcuts(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isWriting(event.target))
      return;
    if (pressed(event.key)) event.preventDefault();
  });
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input, textarea, select, [contenteditable]");
}

function pressed(key: string): boolean {
  if (key === "o") go({ page: "overview" });
  else if (key === "t") go({ page: "topics" });
  else if (key === "c") go({ page: "connections" });
  else if (key === "?") document.querySelector<HTMLDialogElement>("#shortcuts")?.showModal();
  else {
    const target = document.querySelector<HTMLElement>(`[data-shortcut="${CSS.escape(key)}"]`);
    if (target === null) return false;
    if (target instanceof HTMLButtonElement) target.click();
    else target.focus();
  }
  return true;
}
