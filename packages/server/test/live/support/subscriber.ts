import { isPattern, selects } from "../../../src/protocol/topic-name.js";
import type { ScriptedClient } from "./scripted-server.js";

/** An event that was produced. */
export interface Committed {
  readonly topic: string;
  readonly offset: number;
}

/** A subscription of a scripted client, with marks, so that it is known where it began. */
export class Subscriber {
  readonly client: ScriptedClient;
  readonly id: number | string;
  readonly topic: string;
  isStopped = false;

  constructor(client: ScriptedClient, id: number | string, topic: string) {
    this.client = client;
    this.id = id;
    this.topic = topic;
  }

  /** Sends the request. */
  begin(from: unknown, path: string): void {
    this.client.subscribe(this.id, { topic: this.topic, from, marks: true }, path);
  }

  /** Sends the request to stop. */
  stop(): void {
    this.isStopped = true;
    this.client.send({ id: this.id, method: "subscription.stop" });
  }

  /** Offsets of the events that came. */
  get offsets(): number[] {
    return this.client.items(this.id).flatMap(({ offset }) => (typeof offset === "number" ? [offset] : []));
  }

  /** Offsets that have to come, once it is known where it began. */
  expected(log: readonly Committed[]): number[] | undefined {
    const [first] = this.client.items(this.id);
    if (first === undefined) return undefined;
    const start = Number(String(first["cursor"]).split("-")[1]);
    const isSelected = (topic: string): boolean =>
      isPattern(this.topic) ? selects(this.topic, topic) : this.topic === topic;
    return log.flatMap(({ topic, offset }) => (offset > start && isSelected(topic) ? [offset] : []));
  }

  /** The types of its messages that are no data. */
  get states(): (string | undefined)[] {
    return this.client.replies.flatMap(({ id, result, error }) =>
      id === this.id && result?.type !== "data" ? [error === undefined ? result?.type : "error"] : [],
    );
  }
}
