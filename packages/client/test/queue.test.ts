import { expect, test } from "vitest";
import { Queue } from "../src/connection/queue.js";
import { seededRandom } from "./support/random.js";

test("a queue behaves as an array does", () => {
  const random = seededRandom(7);
  const queue = new Queue<number>();
  let array: number[] = [];
  for (let step = 0; step < 10_000; step++) {
    const chance = random();
    if (chance < 0.52) {
      queue.push(step);
      array.push(step);
    } else if (chance < 0.99) expect(queue.shift()).toBe(array.shift());
    else if (chance < 0.995) {
      queue.unshift([step, -step]);
      array.unshift(step, -step);
    } else {
      const item = array[Math.floor(random() * array.length)] ?? 0;
      queue.delete(item);
      array = array.filter((other) => other !== item);
    }
    expect(queue.size).toBe(array.length);
    expect(queue.peek()).toBe(array[0]);
  }
  expect([...queue]).toEqual(array);
  queue.clear();
  expect(queue.shift()).toBeUndefined();
  expect(queue.size).toBe(0);
});
