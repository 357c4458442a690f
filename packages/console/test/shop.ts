import type { Broker, TypesOf } from "@rtmsg/server";
import type { topics } from "./topics.js";

type M = TypesOf<typeof topics>;

const NAMES = ["Ines Varga", "Tobias Lund", "Maren Osei", "Yusuf Demir", "Ada Kowalska", "Jonas Weiss"];
const CITIES = ["Lisbon", "Oslo", "Accra", "Izmir", "Gdańsk", "Bern"];
const SKUS = ["kettle-07", "lamp-31", "chair-12", "rug-04", "mug-88"];
const CARRIERS = ["DHL", "UPS", "Hermes"] as const;

const pick = <T>(all: readonly T[], number: number): T => all[number % all.length] as T;

/** An order; the same one for the same number. */
export function order(number: number) {
  const items = Array.from({ length: 1 + (number % 3) }, (_, index) => ({
    sku: pick(SKUS, number * 3 + index),
    quantity: 1 + ((number + index) % 4),
  }));
  return {
    id: `o-${1_000 + number}`,
    customer: { name: pick(NAMES, number * 7), city: pick(CITIES, number * 5) },
    items,
    total: Math.round(1_900 + ((number * 7_919) % 24_000)) / 100,
    at: new Date(Date.UTC(2026, 10, 20, 9, 0, number)),
    express: number % 4 === 0,
  };
}

/** What a shop does: some orders, what is shipped of them, and what is left in stock. */
export async function trade(broker: Broker<M>, from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number++) {
    const data = order(number);
    await Promise.all([
      broker.produce({ topic: "orders.created", data, key: data.customer.city, headers: { source: "shop" } }),
      ...data.items.map(({ sku }) =>
        broker.produce({ topic: "stock.level", data: { sku, level: 200 - (number % 180) }, key: sku }),
      ),
      ...(number % 2 === 0
        ? [
            broker.produce({
              topic: "orders.shipped",
              data: { id: data.id, carrier: pick(CARRIERS, number) },
            }),
          ]
        : []),
    ]);
  }
}
