// Type tests: this file only has to compile.
import type { Receipt, RtmsgEvent } from "@rtmsg/client";
import { createHooks, useTopic as useAnyTopic } from "@rtmsg/client/react";
import { expectTypeOf } from "vitest";
import type { TestTopics } from "../support/topics.js";

const { useTopic, useProduce } = createHooks<TestTopics>();

export function UseTopicGivesTheTopicsEvents(): void {
  type Created = RtmsgEvent<"orders.created", { id: string; total: number }>;
  type Shipped = RtmsgEvent<"orders.shipped", { id: string; carrier: string }>;
  expectTypeOf(useTopic("orders.created").events).toEqualTypeOf<readonly Created[]>();
  expectTypeOf(useTopic("orders.*").events).toEqualTypeOf<readonly (Created | Shipped)[]>();
  expectTypeOf(useAnyTopic("any.thing").events).toEqualTypeOf<readonly RtmsgEvent[]>();
  // @ts-expect-error a typo
  useTopic("orders.creatd");
  // @ts-expect-error a start position that there is not
  useTopic("orders.created", { from: "oldest" });
}

export async function UseProduceTakesTheTopicsData(): Promise<void> {
  const { produce } = useProduce("orders.created");
  expectTypeOf(await produce({ id: "o-1", total: 1 })).toEqualTypeOf<Receipt<"orders.created">>();
  // @ts-expect-error a field is missing
  await produce({ id: "o-1" });
  // @ts-expect-error a pattern
  useProduce("orders.*");
}
