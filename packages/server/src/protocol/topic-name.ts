import { RtmsgError } from "./error.js";
import { LIMITS } from "./limits.js";

const NAME = /^[A-Za-z0-9_~-]+(?:\.[A-Za-z0-9_~-]+)*$/;
const PATTERN = /^(?:(?:[A-Za-z0-9_~-]+|\*)\.)*(?:[A-Za-z0-9_~-]+|\*|>)$/;

/** Whether a text is a topic's name: 1 to 255 characters, tokens of `A-Z a-z 0-9 _ ~ -` joined by dots. */
export function isTopicName(text: string): boolean {
  return text.length <= LIMITS.topicLength && NAME.test(text);
}

/** Whether a text is a topic's name or a pattern (`*` is one token, a final `>` one or more). */
export function isTopicSelection(text: string): boolean {
  return text.length <= LIMITS.topicLength && PATTERN.test(text);
}

/** Whether a valid selection has wildcards. */
export function isPattern(selection: string): boolean {
  return selection.includes("*") || selection.endsWith(">");
}

/**
 * Checks the name of one topic.
 *
 * @throws RtmsgError `TOPIC_INVALID`
 */
export function assertTopicName(text: string): void {
  if (isTopicName(text)) return;
  if (isTopicSelection(text)) {
    throw new RtmsgError(
      "TOPIC_INVALID",
      `"${text}" is a pattern, and an event has one topic: name the topic itself`,
    );
  }
  throw new RtmsgError("TOPIC_INVALID", describeInvalid(text, "topic name"));
}

/**
 * Checks a topic's name or a pattern.
 *
 * @throws RtmsgError `TOPIC_INVALID`
 */
export function assertTopicSelection(text: string): void {
  if (!isTopicSelection(text))
    throw new RtmsgError("TOPIC_INVALID", describeInvalid(text, "topic name or pattern"));
}

function describeInvalid(text: string, what: string): string {
  if (text.length > LIMITS.topicLength) {
    return `Topic "${text.slice(0, 32)}..." has ${text.length} characters, over the limit of ${LIMITS.topicLength}: shorten it`;
  }
  return `"${text}" is not a ${what}: use tokens of A-Z a-z 0-9 _ ~ - joined by dots, such as orders.created`;
}

/** Whether a topic's name is selected by a name or pattern. Both must be valid. */
export function selects(selection: string, topic: string): boolean {
  return (
    selection === topic || (isPattern(selection) && overlapTokens(selection.split("."), topic.split(".")))
  );
}

/** Whether some topic's name is selected by both names or patterns. Both must be valid. */
export function selectionsOverlap(a: string, b: string): boolean {
  return overlapTokens(a.split("."), b.split("."));
}

function overlapTokens(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; ; i++) {
    const x = a[i];
    const y = b[i];
    if (x === undefined || y === undefined) return x === y;
    if (x === ">" || y === ">") return true;
    if (x !== y && x !== "*" && y !== "*") return false;
  }
}

/** Whether every topic that `inner` selects is selected by `outer` too. Both must be valid. */
export function selectionCovers(outer: string, inner: string): boolean {
  const outerTokens = outer.split(".");
  const innerTokens = inner.split(".");
  for (let i = 0; ; i++) {
    const o = outerTokens[i];
    const n = innerTokens[i];
    if (o === undefined || n === undefined) return o === n;
    if (o === ">") return true;
    if (n === ">" || (o !== "*" && o !== n)) return false;
  }
}
