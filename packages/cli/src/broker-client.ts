import type { Client } from "@rtmsg/client";
import { note } from "./io/notes.js";
import { clientToken } from "./client-token.js";
import { requireBroker } from "./reach.js";
import type { Urls } from "./urls.js";

/** A client of a broker whose topics' types are not known here. */
export type BrokerClient = Client;

/**
 * Runs work with a client of the broker at an address, or at one of several, and closes the client after it.
 *
 * @throws CliError when no broker answers there
 */
export async function withClient<T>(urls: Urls, work: (client: BrokerClient) => Promise<T>): Promise<T> {
  const client = await openClient(await requireBroker(urls));
  tellOutages(client, urls);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Makes a client of the broker at an address, or at one of several, with the token of the environment. */
export async function openClient(url: Urls): Promise<BrokerClient> {
  // Loaded here, so that a command that needs no client starts sooner.
  const { createClient } = await import("@rtmsg/client");
  return createClient({ url, token: clientToken() });
}

/** Says when the broker has gone, and when it is back: a command waits for it, and so does who started it. */
function tellOutages({ connection }: BrokerClient, urls: Urls): void {
  /** The one that has gone. */
  let gone: string | undefined;
  const next = urls.length === 1 ? "waiting for it" : "trying the next";
  connection.subscribe(({ state, error }) => {
    const { url } = connection;
    if (state === "waiting" && gone === undefined) {
      gone = url;
      note(`The broker at ${url} has gone (${error?.code ?? "UNAVAILABLE"}); ${next}`);
    } else if (state === "open" && gone !== undefined) {
      note(gone === url ? `The broker at ${url} is back` : `Going on at the broker at ${url}`);
      gone = undefined;
    }
  });
}
