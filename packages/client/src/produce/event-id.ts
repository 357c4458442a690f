/**
 * A new event id: a random UUID. Where a page was not loaded over TLS the browser has no `randomUUID`.
 */
export function newEventId(): string {
  const { crypto } = globalThis as { readonly crypto: Partial<Crypto> & Pick<Crypto, "getRandomValues"> };
  if (crypto.randomUUID !== undefined) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
