import fc from "fast-check";
import { expect, test } from "vitest";
import { TokenBucket } from "../../src/security/token-bucket.js";

test("lets through what comes at its rate, and as much at once as comes in while it fills", () => {
  let now = 0;
  const bucket = new TokenBucket(10, 1_000, () => now);
  for (let event = 0; event < 10; event++) {
    expect(bucket.waitMs()).toBe(0);
    bucket.pay(1);
  }
  for (let event = 0; event < 100; event++) {
    now += 100;
    expect(bucket.waitMs()).toBe(0);
    bucket.pay(1);
  }
});

test("says how long to wait, and lets through whoever does", () => {
  let now = 0;
  const bucket = new TokenBucket(10, 1_000, () => now);
  bucket.pay(30);
  const wait = bucket.waitMs();
  expect(wait).toBe(2_100);
  now += wait - 1;
  expect(bucket.waitMs()).toBe(1);
  now += 1;
  expect(bucket.waitMs()).toBe(0);
});

test("refuses all once one was refused, until its wait is over, so that nobody is overtaken", () => {
  let now = 0;
  const bucket = new TokenBucket(1_000, 1_000, () => now);
  bucket.pay(1_000);
  expect(bucket.waitMs()).toBe(500);
  now += 300;
  expect(bucket.waitMs()).toBe(200);
  now += 200;
  expect(bucket.waitMs()).toBe(0);
});

test("never lets through more than its rate and what it held at first, however it is asked", () => {
  const step = fc.record({
    pause: fc.integer({ min: 0, max: 3_000 }),
    amount: fc.integer({ min: 1, max: 25 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = 0;
      let taken = 0;
      const bucket = new TokenBucket(20, 1_000, () => now);
      for (const { pause, amount } of steps) {
        now += pause;
        if (bucket.waitMs() > 0) continue;
        bucket.pay(amount);
        taken += amount;
        // What was paid last may be more than what was there.
        expect(taken - amount).toBeLessThanOrEqual(20 + (now * 20) / 1_000);
      }
    }),
  );
});
