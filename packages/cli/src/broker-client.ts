import type { Client } from "@rtmsg/client";
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
  // Loaded here, so that a command that needs no client starts sooner.
  const { createClient } = await import("@rtmsg/client");
  const client = createClient({ url });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
