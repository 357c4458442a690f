import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { session } from "../session.js";
import { Icon } from "../ui/icon.js";
import { Notice } from "../ui/notice.js";
import { Logo } from "./logo.js";
import { ThemeSwitch } from "./theme-switch.js";

/** Asks for a token, where the broker asks who one is. */
export function SignIn() {
  const token = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const { error } = session.connection.value;
  const wasRefused = session.token.value !== undefined;
  useEffect(() => {
    document.title = "Sign in · rtmsg";
    field.current?.focus();
  }, []);
  return (
    <main class="sign-in">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.value.trim() !== "") session.signIn(token.value.trim());
        }}
      >
        <Logo />
        <h1>Sign in</h1>
        <p class="hint">This broker asks who you are. You will see what your token has a right to.</p>
        {wasRefused && error !== undefined && (
          <Notice tone="bad" title="The broker did not take this token">
            {error.message}
          </Notice>
        )}
        <label class="stacked">
          Token
          <input
            ref={field}
            type="password"
            autocomplete="off"
            spellcheck={false}
            aria-invalid={wasRefused}
            value={token.value}
            onInput={(event) => (token.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" disabled={token.value.trim() === ""}>
          <Icon name="key" /> Sign in
        </button>
        <details class="more">
          <summary>Where do I get a token?</summary>
          <p>
            Where the broker runs with <code>--auth-tokens tokens.json</code>, its operator makes one:
          </p>
          <pre tabIndex={0} aria-label="The command that makes a token">
            rtmsg token console --admin --file tokens.json
          </pre>
          <p>Where it takes JWTs, use one of your app's. The token stays in this tab and is gone with it.</p>
        </details>
      </form>
      <ThemeSwitch />
    </main>
  );
}
