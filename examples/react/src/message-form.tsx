import { isRtmsgError, type RtmsgError } from "@rtmsg/client";
import { useState, type KeyboardEvent, type SyntheticEvent } from "react";
import { useConnection, useProduce } from "./rtmsg.js";
import { MAX_TEXT } from "./topics.js";

/** Produces a message. What the schema says of it is shown at the field that it is about. */
export function MessageForm() {
  const { produce, isPending, error } = useProduce("chat.launch");
  const { state } = useConnection();
  const [author, setAuthor] = useState("");
  const [text, setText] = useState("");
  // An error is about what was sent, no more about what is written now.
  const [isEdited, setEdited] = useState(false);
  const shown = isEdited || isPending ? undefined : error;
  const authorIssue = issueAt(shown, "author");
  const textIssue = issueAt(shown, "text");
  const otherIssue = authorIssue === undefined && textIssue === undefined ? shown : undefined;
  const isEmpty = author.trim() === "" || text.trim() === "";

  const isWaiting = isPending && state !== "open";

  async function send(event: SyntheticEvent): Promise<void> {
    event.preventDefault();
    if (isEmpty || isPending) return;
    setEdited(false);
    try {
      await produce({ author, text });
      setText("");
    } catch {
      // It is in `error`, and the text stays.
    }
  }

  const edit = (set: (value: string) => void) => (event: { readonly target: { readonly value: string } }) => {
    set(event.target.value);
    setEdited(true);
  };

  return (
    <form className="form" onSubmit={(event) => void send(event)} noValidate>
      <div className="field name">
        <label htmlFor="author">Name</label>
        <input
          id="author"
          autoComplete="nickname"
          value={author}
          onChange={edit(setAuthor)}
          readOnly={isPending}
          aria-invalid={authorIssue !== undefined}
          aria-describedby="author-issue"
        />
      </div>
      <div className="field text">
        <label htmlFor="text">Message</label>
        <textarea
          id="text"
          rows={1}
          placeholder="Write a message"
          value={text}
          onChange={edit(setText)}
          onKeyDown={sendOnEnter}
          readOnly={isPending}
          aria-invalid={textIssue !== undefined}
          aria-describedby="text-issue hint"
        />
      </div>
      <button type="submit" className="send" disabled={isEmpty || isPending}>
        {isPending ? "Sending…" : "Send"}
      </button>
      <div className="below">
        <p id="author-issue" className="issue" role="alert">
          {authorIssue}
        </p>
        <p id="text-issue" className="issue" role="alert">
          {textIssue ?? (otherIssue && `Not sent: ${otherIssue.message}`)}
        </p>
        <p id="hint" className={isWaiting ? "waiting" : "hint"}>
          {isWaiting ? "Waits for the connection" : "Enter sends, Shift+Enter breaks the line"}
        </p>
        <p className={text.trim().length > MAX_TEXT ? "count over" : "count"} aria-hidden="true">
          {text.trim().length}/{MAX_TEXT}
        </p>
      </div>
    </form>
  );
}

function sendOnEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  // Enter may also end the composing of a character.
  if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}

/** What the schema has against a field. */
function issueAt(error: RtmsgError | undefined, field: "author" | "text"): string | undefined {
  if (!isRtmsgError(error, "DATA_INVALID")) return undefined;
  return error.details.issues?.find(({ path }) => path[0] === field)?.message;
}
