/** A secret by which texts are hashed. */
export type HashKey = readonly [number, number];

const FINAL_ROUNDS = 3;

/** A key of its own for each table, so that nobody outside can tell which texts share a place in it. */
export function newHashKey(): HashKey {
  const [first = 0, second = 0] = crypto.getRandomValues(new Int32Array(2));
  return [first, second];
}

/**
 * Hashes a text to 32 bits, by HalfSipHash over words of two characters, with one round for each word
 * and three at the end. With a simpler hash a client could choose texts that all meet in one place.
 *
 * @see https://github.com/veorq/SipHash
 */
export function keyedHash([first, second]: HashKey, text: string): number {
  let v0 = first;
  let v1 = second;
  let v2 = 0x6c796765 ^ first;
  let v3 = 0x74656462 ^ second;
  const words = (text.length >> 1) + 1;
  for (let index = 0; index < words + FINAL_ROUNDS; index++) {
    let word = 0;
    if (index < words) word = wordAt(text, index * 2);
    else if (index === words) v2 ^= 0xff;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return (v1 ^ v3) >>> 0;
}

/** Two characters; at the end what is left over, and the length. */
function wordAt(text: string, at: number): number {
  if (at + 1 < text.length) return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
  return (at < text.length ? text.charCodeAt(at) : 0) | (text.length << 16);
}
