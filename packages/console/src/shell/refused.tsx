import { session } from "../session.js";
import { Notice } from "../ui/notice.js";
import { Logo } from "./logo.js";

/** Says why the broker does not let this page in at all. */
export function Refused() {
  const { error } = session.connection.value;
  return (
    <main class="sign-in">
      <div class="card">
        <Logo />
        <h1>Not let in</h1>
        <Notice tone="bad" title={`The broker closed the connection${error ? ` (${error.code})` : ""}`}>
          {error?.message ?? "It did not say why"}.
        </Notice>
        <button type="button" class="primary" onClick={() => location.reload()}>
          Reload the page
        </button>
      </div>
    </main>
  );
}
