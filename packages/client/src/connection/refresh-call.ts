import type { RtmsgError } from "@rtmsg/server/protocol";
import { encodeInput } from "./encoded-input.js";
import type { Outgoing } from "./outgoing.js";
import { isRefusal } from "./session.js";

/** What becomes of a refresh. */
export interface RefreshEvents {
  readonly onDone: () => void;
  /** The server does not take the new token. */
  readonly onRefused: (error: RtmsgError) => void;
  /** The server cannot refresh, or not now. */
  readonly onFailed: () => void;
}

/** A call that puts a fresh token in the old one's place on the live connection. */
export function refreshCall(token: string, { onDone, onRefused, onFailed }: RefreshEvents): Outgoing {
  const path = "auth.refresh";
  const input = encodeInput(path, { token });
  return {
    kind: "mutation",
    path,
    encode: () => input,
    onData: () => {
      onDone();
      return "ended";
    },
    onError: (error) => {
      if (isRefusal(error)) onRefused(error);
      else onFailed();
      return "ended";
    },
    onStopped: onFailed,
    // The next connection asks for a token itself.
    onLost: () => false,
    onClosed: () => undefined,
  };
}
