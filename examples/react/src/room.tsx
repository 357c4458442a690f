import { ConnectionBadge } from "./connection-badge.js";
import { MessageForm } from "./message-form.js";
import { MessageList } from "./message-list.js";
import { Notices } from "./notices.js";
import { useTopic } from "./rtmsg.js";

/** The page: the newest messages, and a form for the next one. */
export function Room() {
  const { events, status, error, gap } = useTopic("chat.launch", { from: { last: 50 }, limit: 200 });
  return (
    <main className="room">
      <header className="bar">
        <h1>
          <span aria-hidden="true">#</span> launch
        </h1>
        <ConnectionBadge />
      </header>
      <Notices error={error} gap={gap} />
      <MessageList events={events} status={status} />
      <MessageForm />
    </main>
  );
}
