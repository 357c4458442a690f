import type { TopicInfo } from "@rtmsg/client";
import type { BrokerClient } from "./broker-client.js";

/** Topics that are asked for at once. */
const PAGE = 1_000;

/** Every topic of a broker, page by page, by name; those with a prefix only, if one is given. */
export async function* topicPages(
  client: BrokerClient,
  prefix?: string,
): AsyncGenerator<readonly TopicInfo[], void> {
  let after: string | undefined;
  do {
    const { topics, next } = await client.topics.list.query({ prefix, after, limit: PAGE });
    yield topics;
    after = next ?? undefined;
  } while (after !== undefined);
}
