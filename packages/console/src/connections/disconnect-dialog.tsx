import { useEffect, useRef } from "preact/hooks";
import { session } from "../session.js";
import { whoIs, type ConnectionInfo } from "./connection-table.js";

interface DisconnectDialogProps {
  /** Whom it is about; undefined while nobody is asked. */
  readonly connection: ConnectionInfo | undefined;
  readonly onConfirm: (connection: ConnectionInfo) => void;
  readonly onCancel: () => void;
}

/** Asks whether a connection is really to be closed. */
export function DisconnectDialog({ connection, onConfirm, onCancel }: DisconnectDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (connection === undefined) dialog.current?.close();
    else if (dialog.current?.open === false) dialog.current.showModal();
  }, [connection]);
  return (
    <dialog ref={dialog} class="ask" aria-labelledby="ask-title" onClose={onCancel}>
      {connection !== undefined && (
        <>
          <h2 id="ask-title">Disconnect {whoIs(connection)}?</h2>
          <p>
            Its connection is closed now. A client that connects again by itself, as{" "}
            <code>@rtmsg/client</code> does, is back at once and goes on where it was
            {session.token.value === undefined ? "." : "; to keep it out, revoke its token."}
          </p>
          <div class="ask-foot">
            <button type="button" onClick={onCancel}>
              Cancel
            </button>
            <button type="button" class="danger" onClick={() => onConfirm(connection)}>
              Disconnect
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}
