import type { Gap, Mark, OnGap, RtmsgEvent } from "../protocol/event.js";

/**
 * The two types of a topic's data: as producers give it, and as subscribers get it.
 *
 * @example
 * ```ts
 * type Dated = TopicType<{ at?: Date }, { at: Date }>; // the schema fills `at` in
 * ```
 */
export interface TopicType<In = unknown, Out = In> {
  readonly in: In;
  readonly out: Out;
}

/**
 * The types of a set of declared topics, by name or pattern.
 *
 * @example
 * ```ts
 * interface Types extends TopicTypes {
 *   readonly "orders.created": TopicType<{ total: number }>;
 * }
 * ```
 */
export type TopicTypes = Readonly<Record<string, TopicType>>;

/**
 * The type that a value made by `defineTopics` carries; without one, every topic carries `unknown`.
 *
 * @example
 * ```ts
 * function listen(client: Client<TypesOf<typeof topics>>): void {}
 * ```
 */
export type TypesOf<T> = T extends { readonly "~types"?: infer M extends TopicTypes } ? M : TopicTypes;

/** A topic's name, cut at its dots. */
type Tokens<S extends string> = S extends `${infer Head}.${infer Rest}` ? [Head, ...Tokens<Rest>] : [S];

/** Whether a token can stand for several: `>`, or one that is only known as `string`, dots and all. */
type IsOpen<Token extends string> = Token extends ">" ? true : string extends Token ? true : false;

/** Whether two tokens can be the same. */
type TokenOverlaps<A extends string, B extends string> = A extends "*"
  ? true
  : B extends "*"
    ? true
    : A extends B
      ? true
      : B extends A
        ? true
        : false;

type TokensOverlap<A extends readonly string[], B extends readonly string[]> = A extends [
  infer HeadA extends string,
  ...infer RestA extends string[],
]
  ? B extends [infer HeadB extends string, ...infer RestB extends string[]]
    ? IsOpen<HeadA> extends true
      ? true
      : IsOpen<HeadB> extends true
        ? true
        : TokenOverlaps<HeadA, HeadB> extends true
          ? TokensOverlap<RestA, RestB>
          : false
    : false
  : B extends []
    ? true
    : false;

type Overlaps<A extends string, B extends string> = TokensOverlap<Tokens<A>, Tokens<B>>;

/** Whether a name or pattern has wildcards. */
type HasWildcard<S extends string> = S extends `${string}*${string}`
  ? true
  : S extends `${string}>`
    ? true
    : false;

/** The template of the names that a pattern stands for: `chat.*` gives `` `chat.${string}` ``. */
type NamesOf<P extends string> = P extends `${infer Before}*${infer After}`
  ? `${Before}${string}${NamesOf<After>}`
  : P extends `${infer Before}>`
    ? `${Before}${string}`
    : P;

/**
 * Every name that can be produced to, patterns as templates.
 *
 * @example
 * ```ts
 * type Name = ProduceTopic<TypesOf<typeof topics>>; // "orders.created" | `chat.${string}`
 * ```
 */
export type ProduceTopic<M extends TopicTypes> = string extends keyof M
  ? string
  : { [K in keyof M & string]: NamesOf<K> }[keyof M & string];

/** The declared keys that a selection can get events of; an exact name goes before a pattern. */
export type DeclaredFor<M extends TopicTypes, T extends string> = T extends keyof M & string
  ? HasWildcard<T> extends true
    ? OverlappingKeys<M, T>
    : T
  : OverlappingKeys<M, T>;

type OverlappingKeys<M extends TopicTypes, T extends string> = {
  [K in keyof M & string]: Overlaps<K, T> extends true ? K : never;
}[keyof M & string];

/** The declared keys that give a produced topic its data: itself, else the pattern that covers it. */
type ProduceKey<M extends TopicTypes, T extends string> = T extends keyof M & string
  ? T
  : {
      [K in keyof M & string]: T extends NamesOf<K> ? (Overlaps<K, T> extends true ? K : never) : never;
    }[keyof M & string];

/**
 * A produced topic, checked: itself where it is one that can be produced to, else what is declared,
 * for the compiler's message.
 */
export type CheckedTopic<M extends TopicTypes, T extends string> = string extends keyof M
  ? T
  : T extends unknown
    ? HasWildcard<T> extends true
      ? ExactName<keyof M & string>
      : [ProduceKey<M, T>] extends [never]
        ? keyof M & string
        : T
    : never;

/** A selection, checked: itself where events can match it, else the declared names and patterns. */
export type CheckedSelection<M extends TopicTypes, T extends string> = string extends keyof M
  ? T
  : T extends unknown
    ? [DeclaredFor<M, T>] extends [never]
      ? keyof M & string
      : T
    : never;

/** The names of a union of names and patterns. */
type ExactName<K extends string> = K extends unknown ? (HasWildcard<K> extends true ? never : K) : never;

/**
 * The data that producers give for a topic.
 *
 * @example
 * ```ts
 * type NewOrder = DataIn<TypesOf<typeof topics>, "orders.created">; // { id: string; total: number }
 * ```
 */
export type DataIn<M extends TopicTypes, T extends string> = string extends keyof M
  ? unknown
  : // A topic that is refused says so once: its data need not be refused too.
    [ProduceKey<M, T>] extends [never]
    ? unknown
    : M[ProduceKey<M, T>]["in"];

/**
 * What `produce` takes besides topic and data.
 *
 * @example
 * ```ts
 * const options: ProduceOptions = { id: "o-1", key: "customer-7", headers: { source: "web" } };
 * ```
 */
export interface ProduceOptions {
  /** Makes a retry safe: the same id on the same topic is stored once. 1 to 255 characters. */
  readonly id?: string | undefined;
  /** Opaque; up to 255 characters. */
  readonly key?: string | undefined;
  /** Opaque; up to 32, and 8 KB in all. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Store only if this is the topic's last offset; 0 before its first event. */
  readonly expectedOffset?: number | undefined;
}

/**
 * One event to produce, typed: a union over the topics, so that topic and data belong together.
 *
 * @typeParam T - the topic; without it, any of the declared ones
 * @example
 * ```ts
 * const event: TypedProduceInput<TypesOf<typeof topics>> = { topic: "chat.lobby", data: { text: "hi" } };
 * ```
 */
export type TypedProduceInput<M extends TopicTypes, T extends string = string> = string extends T
  ? AnyProduceInput<M>
  : T extends unknown
    ? ProduceEvent<CheckedTopic<M, T>, DataIn<M, T>>
    : never;

/**
 * Over the keys, not over the topics: in a union of topics `` `chat.${string}` `` swallows a
 * `"chat.lobby"` that is declared too.
 */
type AnyProduceInput<M extends TopicTypes> = string extends keyof M
  ? ProduceEvent<string, unknown>
  : { [K in keyof M & string]: ProduceEvent<NamesOf<K>, M[K]["in"]> }[keyof M & string];

/** One event to produce. */
interface ProduceEvent<Topic extends string, Data> extends ProduceOptions {
  readonly topic: Topic;
  readonly data: Data;
}

/**
 * The events that a topic's name or a pattern selects: a union over the declared topics.
 *
 * @example
 * ```ts
 * type Order = EventOf<TypesOf<typeof topics>, "orders.created">; // its `data` is what the schema yields
 * ```
 */
export type EventOf<M extends TopicTypes, T extends string = string> = string extends keyof M
  ? RtmsgEvent<HasWildcard<T> extends true ? string : T>
  : T extends unknown
    ? DeclaredFor<M, T> extends infer K extends keyof M & string
      ? K extends unknown
        ? RtmsgEvent<EventTopic<K, T>, M[K]["out"]>
        : never
      : never
    : never;

/** The topic that an event has when a selection got it through a declared key. */
type EventTopic<K extends string, T extends string> =
  HasWildcard<T> extends true ? NamesOf<K> : string extends T ? NamesOf<K> : T;

/**
 * What a subscription yields: events, gaps where it reports them, and marks where it asked for them.
 *
 * @typeParam T - the topic's name or pattern
 * @typeParam G - its `onGap`
 * @typeParam K - its `marks`
 * @example
 * ```ts
 * type Item = SubscribedItem<TypesOf<typeof topics>, "chat.*", "report", true>; // an event, a Gap or a Mark
 * ```
 */
export type SubscribedItem<
  M extends TopicTypes,
  T extends string,
  G extends OnGap = "error",
  K extends boolean = false,
> = EventOf<M, T> | ("report" extends G ? Gap : never) | (true extends K ? Mark : never);
