import type { Topics } from "@rtmsg/server";

/** Most declared topics that are named one by one. */
const MAX_NAMED = 5;

/** Declared topics in words: the first of them, and how many more there are; empty where there are none. */
export function namedTopics({ definitions }: Topics): string {
  const names = [...definitions.keys()];
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  return `${names.slice(0, MAX_NAMED).join(", ")}${more}`;
}
