import { randomBytes } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A new epoch: eight random characters of `a-z0-9`. */
export function createEpoch(): string {
  let epoch = "";
  // The bias of a byte's remainder does not matter: 36 to the power of 8 leaves room to spare.
  for (const byte of randomBytes(8)) epoch += ALPHABET[byte % ALPHABET.length];
  return epoch;
}
