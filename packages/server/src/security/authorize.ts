import { selectionCovers } from "../protocol/topic-name.js";
import type { Action, Identity } from "./identity.js";

/**
 * Decides whether someone may do something. It is asked for each connection and topic, and again when the
 * identity of a connection changes; its answers may be remembered in between.
 *
 * @param identity - who asks
 * @param action - `"produce"`, `"subscribe"` (which reading the past is too) or `"admin"`
 * @param topic - a topic's name, or a pattern to subscribe to; undefined with `"admin"`
 * @returns whether it is allowed
 */
export type Authorize = (identity: Identity, action: Action, topic: string | undefined) => boolean;

/** Decides by the identity's own rights. */
export const authorizeByRights: Authorize = ({ rights }, action, topic) => {
  if (action === "admin") return rights.admin;
  return topic !== undefined && rights[action].some((right) => selectionCovers(right, topic));
};
