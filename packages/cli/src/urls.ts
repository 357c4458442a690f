/** Where brokers answer that share a log: one address or more. */
export type Urls = readonly [string, ...string[]];

/** The addresses in their order, from another one on; after the last comes the first. */
export function startingAt(urls: Urls, index: number): Urls {
  return [...urls.slice(index), ...urls.slice(0, index)] as unknown as Urls;
}
