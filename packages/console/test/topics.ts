import { defineTopics } from "@rtmsg/server";
import { z } from "zod";

/** A check that JSON Schema has no words for. */
function isEachOnce(items: readonly { readonly sku: string }[]): boolean {
  return new Set(items.map(({ sku }) => sku)).size === items.length;
}

/** Topics of a shop. */
export const topics = defineTopics({
  "orders.created": z.object({
    id: z.string().min(1),
    customer: z.object({ name: z.string().min(1), city: z.string() }),
    items: z
      .array(z.object({ sku: z.string(), quantity: z.int().positive() }))
      .min(1)
      .refine(isEachOnce, "An item is there twice: add up its quantities"),
    total: z.number().positive("An order costs something"),
    at: z.date(),
    express: z.boolean().default(false),
  }),
  "orders.shipped": {
    schema: z.object({ id: z.string(), carrier: z.enum(["DHL", "UPS", "Hermes"]) }),
    retention: { maxAge: "30d" },
  },
  "stock.level": {
    schema: z.object({ sku: z.string(), level: z.int().min(0) }),
    retention: { maxEvents: 50_000, maxBytes: "64mb" },
  },
  "chat.*": {
    schema: z.object({ author: z.string(), text: z.string().max(280) }),
    retention: { maxAge: "7d" },
  },
});
