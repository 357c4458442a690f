import type { ConnectionState } from "@rtmsg/client";
import { session } from "../session.js";

interface Shown {
  readonly word: string;
  readonly tone: "good" | "busy" | "bad";
}

const BUSY: Shown = { word: "Connecting…", tone: "busy" };
const SHOWN: Readonly<Record<ConnectionState, Shown>> = {
  idle: BUSY,
  connecting: BUSY,
  waiting: BUSY,
  open: { word: "Connected", tone: "good" },
  closed: { word: "Closed", tone: "bad" },
};

/** What the connection does, as a word and a colour. */
export function ConnectionBadge() {
  const { state, wasOpen } = session.connection.value;
  const { word, tone } = SHOWN[state];
  return (
    <p class={`badge ${tone}`} role="status">
      {/* While a connection is made again the state goes to and fro; the word does not. */}
      {wasOpen && tone === "busy" ? "Reconnecting…" : word}
    </p>
  );
}
