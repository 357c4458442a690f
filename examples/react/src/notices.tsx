import type { Gap, RtmsgError } from "@rtmsg/client";
import type { ReactNode } from "react";
import { BROKER_URL, useConnection } from "./rtmsg.js";

interface NoticesProps {
  /** Why the list has ended. */
  readonly error: RtmsgError | undefined;
  /** What the list misses. */
  readonly gap: Gap | undefined;
}

/** What is not as it should be, and what that means for who reads. */
export function Notices({ error, gap }: NoticesProps) {
  const { state, error: lost } = useConnection();
  return (
    // There before it is needed: a live region that comes with its text may not be read out.
    <div className="notices" aria-live="polite">
      {state === "closed" && (
        <Notice tone="bad" title="The broker does not let this page in">
          {lost?.message ?? "The connection was closed"}. <Reload />
        </Notice>
      )}
      {state !== "open" && state !== "closed" && lost !== undefined && (
        <Notice tone="busy" title={`No connection to ${BROKER_URL}`}>
          The page keeps trying. What you send waits here, and what you miss comes when it is back.
        </Notice>
      )}
      {error !== undefined && state !== "closed" && (
        <Notice tone="bad" title={`The list has stopped (${error.code})`}>
          {error.message}. <Reload />
        </Notice>
      )}
      {gap !== undefined && (
        <Notice tone="busy" title="Some messages are gone">
          {whyGone(gap)}
        </Notice>
      )}
    </div>
  );
}

/** A cursor is `epoch-offset`: another epoch is another log. */
function whyGone({ requested, epoch, earliest }: Gap): string {
  const why = requested.startsWith(`${epoch}-`)
    ? "The broker no longer keeps what came while this page was away"
    : "The broker has started a new log since this page was last connected";
  return earliest === null
    ? `${why}; the next message will be shown.`
    : `${why}; the list goes on with #${earliest}.`;
}

interface NoticeProps {
  readonly tone: "busy" | "bad";
  readonly title: string;
  readonly children: ReactNode;
}

function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div className={`notice ${tone}`}>
      <strong>{title}</strong>
      <p>{children}</p>
    </div>
  );
}

function Reload() {
  return (
    <button type="button" className="link" onClick={() => location.reload()}>
      Reload the page
    </button>
  );
}
