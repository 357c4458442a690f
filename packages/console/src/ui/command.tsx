import { CopyButton } from "./copy.js";

/** A command to be copied and run. */
export function Command({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div class="command">
      <div class="command-head">
        <span>{title}</span>
        <CopyButton text={() => text} label={title}>
          Copy
        </CopyButton>
      </div>
      <pre tabIndex={0} aria-label={title}>
        {text}
      </pre>
    </div>
  );
}
