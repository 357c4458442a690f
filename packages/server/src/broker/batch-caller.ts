import type { RtmsgError } from "../protocol/error.js";
import type { ProduceQuota } from "./produce-quota.js";

/** Who produces a batch; of a batch that the process itself produces, nobody. */
export interface BatchCaller {
  /** Throws for a topic that may not be produced to. */
  check(topic: string): void;
  /**
   * Is told of each event that is refused, which nobody throws.
   *
   * @returns the error to answer with
   */
  refused(error: RtmsgError): RtmsgError;
  /** How much may be produced; as much as one likes, without. */
  readonly quota?: ProduceQuota | undefined;
}
