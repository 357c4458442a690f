import { isPattern, selects } from "../protocol/topic-name.js";

/** A topic's name or a pattern, ready to be matched. */
export class Selection {
  /** The name or pattern as it was given. */
  readonly text: string;
  /** Whether it has wildcards; without, it selects one topic. */
  readonly isPattern: boolean;

  /** @param text - a valid name or pattern */
  constructor(text: string) {
    this.text = text;
    this.isPattern = isPattern(text);
  }

  /** Whether a topic's name is selected. */
  matches(topic: string): boolean {
    return this.text === ">" || selects(this.text, topic);
  }
}
