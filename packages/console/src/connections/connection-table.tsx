import type { Client } from "@rtmsg/client";
import { clock } from "../clock.js";
import { bytes, count, span } from "../figures.js";
import { addressOf } from "../route.js";
import { Icon } from "../ui/icon.js";

/** A connection, as the broker describes it. */
export type ConnectionInfo = Awaited<
  ReturnType<Client["admin"]["connections"]["query"]>
>["connections"][number];

/** Subscriptions of one connection that have room. */
const MAX_CHIPS = 4;

const TRANSPORTS: Readonly<Record<string, string>> = {
  trpc: "tRPC, WebSocket",
  trpc_http: "tRPC, HTTP",
  websocket: "Plain WebSocket",
  sse: "Event stream",
  http: "HTTP request",
};

interface ConnectionTableProps {
  readonly connections: readonly ConnectionInfo[];
  /** Called when one is to be disconnected. */
  readonly onLeave: (connection: ConnectionInfo) => void;
}

/** Connections, and what each does. */
export function ConnectionTable({ connections, onLeave }: ConnectionTableProps) {
  return (
    <table class="card table connections">
      <thead>
        <tr>
          <th scope="col">Who</th>
          <th scope="col" class="col-transport">
            Transport
          </th>
          <th scope="col" class="number col-since">
            For
          </th>
          <th scope="col">Subscriptions</th>
          <th scope="col" class="number col-lag">
            Lag
          </th>
          <th scope="col" class="number col-buffered">
            Unsent
          </th>
          <th scope="col">
            <span class="unseen">Disconnect</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {connections.map((connection) => (
          <ConnectionRow key={connection.id} connection={connection} onLeave={onLeave} />
        ))}
      </tbody>
    </table>
  );
}

interface ConnectionRowProps {
  readonly connection: ConnectionInfo;
  readonly onLeave: (connection: ConnectionInfo) => void;
}

function ConnectionRow({ connection, onLeave }: ConnectionRowProps) {
  const { id, transport, state, address, identity, since, bufferedBytes, subscriptions } = connection;
  const lag = Math.max(0, ...subscriptions.map((one) => one.lag));
  const isBehind = subscriptions.some(({ phase }) => phase === "catchUp");
  return (
    <tr>
      <th scope="row">
        {whoIs(connection)}
        <small>
          {identity === null ? id : (address ?? id)}
          {state !== "open" && ` · ${state}`}
        </small>
      </th>
      <td class="col-transport">{TRANSPORTS[transport] ?? transport}</td>
      <td class="number col-since">{span(Math.max(clock.value - since, 1_000))}</td>
      <td>
        <ul class="chips">
          {subscriptions.slice(0, MAX_CHIPS).map(({ topic, phase }, index) => (
            <li key={index}>
              <a
                class={`chip ${phase === "catchUp" ? "busy" : ""}`}
                href={addressOf({ page: "topic", topic })}
              >
                {topic}
              </a>
            </li>
          ))}
          {subscriptions.length > MAX_CHIPS && <li>and {count(subscriptions.length - MAX_CHIPS)} more</li>}
          {subscriptions.length === 0 && <li class="quiet">None</li>}
        </ul>
      </td>
      <td class={`number col-lag ${isBehind ? "busy" : ""}`}>{count(lag)}</td>
      <td class="number col-buffered">{bytes(bufferedBytes)}</td>
      <td class="col-leave">
        <button
          type="button"
          aria-label={`Disconnect ${whoIs(connection)}`}
          onClick={() => onLeave(connection)}
        >
          <Icon name="close" /> <span>Disconnect</span>
        </button>
      </td>
    </tr>
  );
}

/** What a connection is called. */
export function whoIs({ identity, address, id }: ConnectionInfo): string {
  return identity ?? address ?? id;
}
