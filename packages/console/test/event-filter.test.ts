import { expect, it } from "vitest";
import { parseFilter } from "../src/tail/event-filter.js";

const EVENT = {
  topic: "orders.created",
  offset: 12,
  cursor: "abcdefgh-12",
  time: 0,
  key: "Lisbon",
  data: {
    total: 20,
    state: "Open",
    customer: { name: "Ada" },
    items: [{ sku: "a-1" }],
    at: new Date(1_000),
    n: 5n,
  },
};

it.each([
  ["ada", true],
  ["ADA lisbon", true],
  ["ada oslo", false],
  ['"a-1"', true],
  ["#12", true],
  ["total=20", true],
  ["total>20", false],
  ["total>=20", true],
  ["total<21 total!=7", true],
  ["customer.name=Ada", true],
  ["customer.name:AD", true],
  ["items[0].sku=a-1", true],
  ["state=open", false],
  ["missing>1", false],
  ["missing!=1", true],
  ["key=Lisbon", true],
  ["at<1970-01-02", true],
  ["n>4", true],
])("the filter %s lets the event through: %s", (text, isThrough) => {
  expect(parseFilter(text)?.(EVENT)).toBe(isThrough);
});

it("lets everything through where it says nothing", () => {
  expect(parseFilter("  ")).toBeUndefined();
});
