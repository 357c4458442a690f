/** Data as a message's text: a string as it is, any other value as JSON. */
export function messageText(data: unknown): string {
  return typeof data === "string" ? data : JSON.stringify(data);
}
