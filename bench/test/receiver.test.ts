import { describe, expect, it } from "vitest";
import { markedData } from "../src/fanout/mark.js";
import { Receiver } from "../src/fanout/receiver.js";

const streamOf = (...numbers: number[]): Buffer =>
  Buffer.from(numbers.map((number) => `{"data":"${markedData(number, 32)}"}`).join("@"));

describe("a subscriber of the benchmark", () => {
  it("finds every event, wherever the stream is cut", () => {
    const stream = streamOf(0, 1, 2, 3);
    for (let first = 1; first < stream.length; first++) {
      for (let second = first; second < stream.length; second += 7) {
        const receiver = new Receiver();
        const chunks = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
        const found = chunks.reduce((sum, chunk) => sum + receiver.take(chunk), 0);
        expect({ found, next: receiver.next, failure: receiver.failure }).toEqual({ found: 4, next: 4 });
      }
    }
  });

  it("finds events that come byte by byte", () => {
    const receiver = new Receiver({ first: 1, step: 3 });
    let found = 0;
    for (const byte of streamOf(1, 4, 7)) found += receiver.take(Buffer.from([byte]));
    expect({ found, next: receiver.next, failure: receiver.failure }).toEqual({ found: 3, next: 10 });
  });

  it.each([
    ["is missing", [0, 2], "it got event 2 instead of 1"],
    ["comes twice", [0, 0, 1], "it got event 0 instead of 1"],
    ["comes too early", [0, 2, 1], "it got event 2 instead of 1"],
  ])("says so when an event %s", (_, numbers, message) => {
    const receiver = new Receiver();
    receiver.take(streamOf(...numbers));
    expect(receiver.failure?.message).toBe(message);
  });
});
