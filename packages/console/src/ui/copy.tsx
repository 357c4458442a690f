import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.js";

/** How long it says that it did. */
const SAID_MS = 1_600;

interface CopyButtonProps {
  /** What to copy, made when it is asked for. */
  readonly text: () => string;
  readonly children: ComponentChildren;
  /** What it copies, where its own text does not say so. */
  readonly label?: string;
}

/** Copies a text, and says that it did. */
export function CopyButton({ text, children, label }: CopyButtonProps) {
  const said = useSignal<"copied" | "failed" | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (): Promise<void> => {
    said.value = (await copyText(text())) ? "copied" : "failed";
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (said.value = undefined), SAID_MS);
  };
  return (
    <button
      type="button"
      class={`copy ${said.value ?? ""}`}
      aria-label={label === undefined ? undefined : `Copy ${label}`}
      onClick={() => void copy()}
    >
      <Icon name={said.value === "copied" ? "check" : "copy"} />
      <span>{children}</span>
      <span class="unseen" role="status">
        {said.value === "copied" ? "Copied" : said.value === "failed" ? "Could not copy" : ""}
      </span>
    </button>
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Only pages that came safely have the clipboard; the old way works for the others.
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    // oxlint-disable-next-line typescript/no-deprecated -- there is no other way on plain HTTP
    const isDone = document.execCommand("copy");
    field.remove();
    return isDone;
  }
}
