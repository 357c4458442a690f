import { expect, test } from "vitest";
import { Demand } from "../src/subscribe/demand.js";

const ROOM = { events: 500, bytes: 10_000 };

test("at first a multiple of what there is room for is asked for, and less once more came than that", () => {
  const demand = new Demand();
  expect(demand.limit(ROOM)).toEqual({ events: 4_000, bytes: 80_000 });
  demand.met();
  expect(demand.limit(ROOM)).toEqual({ events: 4_000, bytes: 80_000 });
  demand.overflowed();
  expect(demand.limit(ROOM)).toEqual(ROOM);
});

test("a reader that never waits is asked for what there is room for, again and again", () => {
  const demand = new Demand();
  demand.overflowed();
  for (let n = 0; n < 10; n++) {
    expect(demand.limit(ROOM)).toEqual(ROOM);
    demand.met();
  }
});

test("one that waits is asked for twice as much each time, and then for everything", () => {
  const demand = new Demand();
  demand.overflowed();
  const asked = [];
  for (let limit = demand.limit(ROOM); limit !== undefined; limit = demand.limit(ROOM)) {
    asked.push(limit.events);
    demand.waited();
    demand.waited();
    demand.met();
  }
  expect(asked).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
  demand.overflowed();
  expect(demand.limit(ROOM)).toEqual(ROOM);
});

test("that it waited once does not count for what is asked for next", () => {
  const demand = new Demand();
  demand.overflowed();
  demand.limit(ROOM);
  demand.waited();
  demand.met();
  expect(demand.limit(ROOM)).toEqual({ events: 1_000, bytes: 20_000 });
  demand.met();
  expect(demand.limit(ROOM)).toEqual({ events: 1_000, bytes: 20_000 });
});
