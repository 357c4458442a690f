import type { Client } from "@rtmsg/client";
import { note } from "./io/notes.js";
import { clientToken } from "./client-token.js";
import { requireBroker } from "./reach.js";

/** A client of a broker whose topics' types are not known here. */
export type BrokerClient = Client;

/**
 * Runs work with a client of the broker at a URL, and closes the client after it.
 *
 * @throws CliError when no broker answers there
 */
export async function withClient<T>(url: string, work: (client: BrokerClient) => Promise<T>): Promise<T> {
  await requireBroker(url);
  const client = await openClient(url);
  tellOutages(client, url);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Makes a client of the broker at a URL, with the token of the environment. */
export async function openClient(url: string): Promise<BrokerClient> {
  // Loaded here, so that a command that needs no client starts sooner.
  const { createClient } = await import("@rtmsg/client");
  return createClient({ url, token: clientToken() });
}

/** Says when the broker has gone, and when it is back: a command waits for it, and so does who started it. */
function tellOutages({ connection }: BrokerClient, url: string): void {
  let isAway = false;
  connection.subscribe(({ state, error }) => {
    if (state === "waiting" && !isAway) {
      isAway = true;
      note(`The broker at ${url} has gone (${error?.code ?? "UNAVAILABLE"}); waiting for it`);
    } else if (state === "open" && isAway) {
      isAway = false;
      note(`The broker at ${url} is back`);
    }
  });
}
