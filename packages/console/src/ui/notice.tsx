import type { RtmsgError } from "@rtmsg/client";
import type { ComponentChildren } from "preact";

interface NoticeProps {
  readonly tone: "busy" | "bad" | "quiet";
  readonly title: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** What is not as it should be, and what to do. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <strong>{title}</strong>
      {children !== undefined && <div class="notice-text">{children}</div>}
    </div>
  );
}

/** An error of the broker's, with its code, which the docs explain. */
export function ErrorNotice({ error, children }: { error: RtmsgError; children?: ComponentChildren }) {
  return (
    <Notice
      tone="bad"
      title={
        <>
          {error.message} <code class="code">{error.code}</code>
        </>
      }
    >
      {children}
    </Notice>
  );
}
