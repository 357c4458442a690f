import type { MsgHdrs } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Appender } from "../../../src/engines/nats/appender.js";
import { NatsLink } from "../../../src/engines/nats/link.js";
import type { LogStream } from "../../../src/engines/nats/log-stream.js";
import { openStream } from "../../../src/engines/nats/open-stream.js";
import { Publisher, type OnResult } from "../../../src/engines/nats/publisher.js";
import { TopicLimit } from "../../../src/engines/nats/topic-limit.js";
import { TrimMarks } from "../../../src/engines/nats/trim-marks.js";
import type { AppendOutcome } from "../../../src/log/engine.js";
import { hasNats, startNats, type NatsServer } from "../../support/nats-server.js";
import { natsSettings, SETTINGS } from "./support/open-nats.js";

/** What happens to a message the first time: its answer is lost, or it is lost itself. */
type Fate = "answer" | "message";

/** Loses what a leader that goes away in the middle of a burst may lose. */
class LossyPublisher extends Publisher {
  readonly #fates: Map<string, Fate>;

  constructor(link: NatsLink, fates: Readonly<Record<string, Fate>>) {
    super(link);
    this.#fates = new Map(Object.entries(fates));
  }

  override publish(subject: string, data: Uint8Array, headers: MsgHdrs, onResult: OnResult): void {
    const text = new TextDecoder().decode(data);
    const fate = this.#fates.get(text);
    this.#fates.delete(text);
    const unanswered = (): void => onResult({ kind: "unanswered", reason: "the leader has gone" });
    if (fate === "message") queueMicrotask(unanswered);
    else super.publish(subject, data, headers, fate === "answer" ? unanswered : onResult);
  }
}

describe.runIf(hasNats)("a burst of events of which answers are lost", () => {
  let nats: NatsServer;
  let link: NatsLink;
  let stream: LogStream;
  let marks: TrimMarks;

  beforeEach(async () => {
    nats = await startNats();
    const settings = natsSettings(nats.url);
    link = await NatsLink.open(settings);
    const opened = await openStream(link, settings, SETTINGS.dedupe.windowMs);
    stream = opened.stream;
    marks = await TrimMarks.open(link, stream, opened.config);
  });

  afterEach(async () => {
    marks.close();
    await link.close();
    await nats[Symbol.asyncDispose]();
  });

  /** Appends events, of which the first letter is the topic, and says what each became. */
  async function append(texts: readonly string[], fates: Readonly<Record<string, Fate>>): Promise<string[]> {
    const publisher = new LossyPublisher(link, fates);
    const appender = new Appender({
      link,
      stream,
      marks,
      publisher,
      settings: SETTINGS,
      topicLimit: new TopicLimit(stream, marks, SETTINGS.maxTopics),
      endKnown: () => undefined,
      carried: () => undefined,
      lastTime: 0,
    });
    const encoder = new TextEncoder();
    const outcomes = await appender.append(
      texts.map((text) => ({ topic: text.slice(0, 1), json: encoder.encode(text) })),
    );
    publisher.close();
    return outcomes.map((outcome: AppendOutcome) => (outcome.ok ? "stored" : outcome.error.code));
  }

  /** What is in the log, in its order. */
  async function stored(): Promise<string[]> {
    const { last } = await stream.snapshot();
    const texts: string[] = [];
    for (let offset = 1; offset <= last; offset++) {
      texts.push(new TextDecoder().decode((await stream.message(offset))?.data));
    }
    return texts;
  }

  it("stores none twice, and all in their order, where answers alone are lost", async () => {
    const fates = { a1: "answer", a2: "answer", b1: "answer" } as const;
    expect(await append(["a1", "a2", "b1", "a3"], fates)).toEqual(["stored", "stored", "stored", "stored"]);
    expect((await stored()).filter((text) => text.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(await stored()).toHaveLength(4);
  });

  it("refuses one that was lost where a later one of its topic was stored, though that answer is lost, too", async () => {
    const fates = { a1: "message", a2: "message", a3: "answer", b1: "message", b2: "message" } as const;
    const outcomes = await append(["a1", "b1", "a2", "a3", "b2"], fates);
    expect(outcomes).toEqual(["UNAVAILABLE", "stored", "UNAVAILABLE", "stored", "stored"]);
    expect(await stored()).toEqual(["a3", "b1", "b2"]);
  });

  it("knows those that were stored before one that was", async () => {
    const fates = { a1: "answer", a2: "message", a3: "answer" } as const;
    expect(await append(["a1", "a2", "a3"], fates)).toEqual(["stored", "UNAVAILABLE", "stored"]);
    expect(await stored()).toEqual(["a1", "a3"]);
  });
});
