import type { Client } from "@rtmsg/client";
import type { DeclaredTopic } from "@rtmsg/server/protocol";
import { clientToken } from "../client-token.js";
import { CliError } from "../cli-error.js";
import { loadTopics } from "../topics-module.js";

/** Asks a broker what it declares. */
export async function declaredByBroker(client: Client): Promise<readonly DeclaredTopic[]> {
  const { topics } = await client.topics.declared.query();
  if (topics.length > 0) return topics;
  const { url } = client.connection;
  if (clientToken() !== undefined) {
    throw new CliError(
      `The broker at ${url} declares no topics that the token gives a right to, so there are no types: use a token that may produce or subscribe to some, or serve it with --topics`,
    );
  }
  throw new CliError(
    `The broker at ${url} declares no topics, so there are no types: serve it with --topics, or pass topics to startServer`,
  );
}

/** Takes what a topics module declares, without a broker. */
export async function declaredByModule(file: string): Promise<readonly DeclaredTopic[]> {
  const topics = await loadTopics(file);
  // Loaded here, so that the other commands start sooner.
  const { describeTopics } = await import("@rtmsg/server");
  const declared = describeTopics(topics);
  if (declared.length > 0) return declared;
  throw new CliError(`${file} declares no topics, so there are no types: add one to defineTopics({ ... })`);
}
