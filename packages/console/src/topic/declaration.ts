import type { Client, DeclaredTopic } from "@rtmsg/client";

/** What was declared under a name or pattern. */
export async function declarationOf(
  client: Client,
  selection: string,
  signal: AbortSignal,
): Promise<DeclaredTopic | undefined> {
  const { topics } = await client.topics.declared.query({ signal });
  return topics.find((topic) => topic.selection === selection);
}
