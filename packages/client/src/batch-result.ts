import type { Receipt, RtmsgError } from "@rtmsg/server/protocol";

/**
 * What became of one event of a `produceBatch`: its receipt, or its error.
 *
 * @example
 * ```ts
 * const { results } = await client.produceBatch.mutate({ events });
 * for (const result of results) console.log(result.ok ? result.offset : result.error.code);
 * ```
 */
export type BatchResult<Topic extends string = string> =
  | ({
      /** It is stored. */
      readonly ok: true;
    } & Receipt<Topic>)
  | {
      /** It is not. */
      readonly ok: false;
      /** Why. */
      readonly error: RtmsgError;
    };
