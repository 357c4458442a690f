/** Whether `ws` has closed a WebSocket because a message was larger than may be. */
export function isTooLarge(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
}
