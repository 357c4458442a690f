import { headers as natsHeaders } from "@nats-io/transport-node";
import { refusedByJetStream, JS_ERROR } from "./failure.js";
import type { NatsLink } from "./link.js";

/** What JetStream answers to a message that was published to a stream. */
export interface PublishAnswer {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

/**
 * Stores a message if the last of its subject has a given sequence. A try whose answer was lost counts as
 * a failure: whoever stores again sees what is there.
 *
 * @returns its sequence; undefined when another was last
 */
export async function publishExpecting(
  link: NatsLink,
  subject: string,
  text: string,
  last: number,
): Promise<number | undefined> {
  const headers = natsHeaders();
  headers.set("Nats-Expected-Last-Subject-Sequence", String(last));
  const answer = await link.call("store a mark", async () => {
    const reply = await link.connection.request(subject, text, { headers, timeout: 2_000 });
    const parsed = reply.json<PublishAnswer>();
    // Without a leader there is nobody to decide: try again.
    if (parsed.error?.code === 503) throw new Error(parsed.error.description);
    return parsed;
  });
  if (answer.seq !== undefined) return answer.seq;
  if (answer.error?.err_code === JS_ERROR.wrongLastSequence) return undefined;
  throw refusedByJetStream(answer.error?.err_code ?? 0, answer.error?.description ?? "no reason");
}
