import { useState } from "react";
import type { ConnectionState } from "@rtmsg/client";
import { useConnection } from "./rtmsg.js";

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

/** While a connection is made again the state goes to and fro; the word does not. */
const BUSY_AGAIN: Shown = { word: "Reconnecting…", tone: "busy" };
const SHOWN_AGAIN: typeof SHOWN = { ...SHOWN, connecting: BUSY_AGAIN, waiting: BUSY_AGAIN };

/** What the connection does, as a word and a colour. */
export function ConnectionBadge() {
  const { state } = useConnection();
  const [wasOpen, setWasOpen] = useState(false);
  if (state === "open" && !wasOpen) setWasOpen(true);
  const { word, tone } = (wasOpen ? SHOWN_AGAIN : SHOWN)[state];
  return (
    <p className={`badge ${tone}`} role="status">
      {word}
    </p>
  );
}
