import { useSignal } from "@preact/signals";
import { isRtmsgError, type Client, type RtmsgError } from "@rtmsg/client";
import { count } from "../figures.js";
import { usePolled } from "../polled.js";
import { session } from "../session.js";
import { Icon } from "../ui/icon.js";
import { ErrorNotice, Notice } from "../ui/notice.js";
import { PageHead } from "../ui/page-head.js";
import { ConnectionTable, type ConnectionInfo } from "./connection-table.js";
import { DisconnectDialog } from "./disconnect-dialog.js";

const POLL_MS = 2_000;
/** Connections that are asked for. */
const MOST = 500;

/** Who is connected, to what, and how far behind. */
export function ConnectionsPage() {
  const polled = usePolled(ask, POLL_MS, "connections");
  const filter = useSignal("");
  const leaving = useSignal<ConnectionInfo | undefined>(undefined);
  const failure = useSignal<RtmsgError | undefined>(undefined);
  const said = useSignal("");
  const answer = polled.value.value;
  const error = polled.error.value ?? failure.value;
  const wanted = filter.value.trim().toLowerCase();
  const shown = answer?.connections.filter((connection) => textOf(connection).includes(wanted)) ?? [];
  const disconnect = async ({ id, address }: ConnectionInfo): Promise<void> => {
    leaving.value = undefined;
    failure.value = undefined;
    try {
      const { disconnected } = (await session.client.value?.admin.disconnect.mutate({ id })) ?? {};
      said.value =
        disconnected === true ? `${address ?? id} is disconnected` : `${address ?? id} was gone already`;
    } catch (cause) {
      failure.value = cause as RtmsgError;
    }
  };
  return (
    <div class="connections-page">
      <PageHead title="Connections" below={answer && summaryOf(answer.connections, answer.hasMore)}>
        <label class="search">
          <Icon name="search" />
          <span class="unseen">Filter connections</span>
          <input
            type="search"
            placeholder="Filter: who, where, a topic"
            data-shortcut="/"
            value={filter.value}
            onInput={(event) => (filter.value = event.currentTarget.value)}
          />
        </label>
      </PageHead>
      {error !== undefined && (
        <ErrorNotice error={error}>
          {isRtmsgError(error, "FORBIDDEN") && "Who is connected is for administrators to see."}
        </ErrorNotice>
      )}
      <p class="unseen" role="status">
        {said.value}
      </p>
      {answer?.hasMore === true && (
        <Notice tone="quiet" title={`These are the ${count(MOST)} oldest of more`}>
          <code>rtmsg_connections</code> at <code>/metrics</code> counts all of them.
        </Notice>
      )}
      {shown.length > 0 && <ConnectionTable connections={shown} onLeave={(one) => (leaving.value = one)} />}
      {answer !== undefined && shown.length === 0 && (
        <div class="card empty">No connection is like this.</div>
      )}
      <DisconnectDialog
        connection={leaving.value}
        onCancel={() => (leaving.value = undefined)}
        onConfirm={(connection) => void disconnect(connection)}
      />
    </div>
  );
}

interface Answer {
  readonly connections: readonly ConnectionInfo[];
  readonly hasMore: boolean;
}

async function ask(client: Client, signal: AbortSignal): Promise<Answer> {
  const { connections, next } = await client.admin.connections.query({ limit: MOST }, { signal });
  return { connections, hasMore: next !== null };
}

function textOf({ id, identity, address, transport, subscriptions }: ConnectionInfo): string {
  const topics = subscriptions.map(({ topic }) => topic);
  return [id, identity ?? "", address ?? "", transport, ...topics].join("\n").toLowerCase();
}

function summaryOf(connections: readonly ConnectionInfo[], hasMore: boolean): string {
  const subscriptions = connections.reduce((sum, one) => sum + one.subscriptions.length, 0);
  const many = `${count(connections.length)}${hasMore ? "+" : ""}`;
  return `${many} ${connections.length === 1 ? "connection" : "connections"} · ${count(subscriptions)} subscriptions`;
}
