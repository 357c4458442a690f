import { session } from "../session.js";
import { Notice } from "../ui/notice.js";
import { Logo } from "./logo.js";

/** Before the first connection. */
export function Starting() {
  const { lostAt, error } = session.connection.value;
  return (
    <main class="sign-in">
      <div class="card starting">
        <Logo />
        <h1>Connecting…</h1>
        {lostAt !== undefined && (
          <Notice tone="busy" title="The broker does not answer">
            {error?.message ?? ""} The page keeps trying. Is it running? <code>npx rtmsg serve</code>
          </Notice>
        )}
      </div>
    </main>
  );
}
