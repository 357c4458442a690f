import { observable, type Observer } from "@trpc/server/observable";

/** What a subscription may return though it is deprecated: an observable, typed as what is not. */
export function observed<T>(subscribe: (observer: Observer<T, unknown>) => () => void): AsyncIterable<T> {
  return observable<T>(subscribe) as unknown as AsyncIterable<T>;
}
