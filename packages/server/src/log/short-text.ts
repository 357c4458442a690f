/** A call to the system's encoder costs as much as so many characters. */
const SHORT = 64;
const ASCII = 0x80;

/**
 * Writes a text as UTF-8. Event ids are written in three places each, and are short: calling the encoder
 * would cost several times what the characters do.
 *
 * @param bytes - where there is room for it
 * @returns how many bytes it takes
 */
export function writeText(bytes: Buffer, text: string, start: number): number {
  const { length } = text;
  if (length > SHORT) return bytes.write(text, start);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code >= ASCII) return bytes.write(text, start);
    bytes[start + index] = code;
  }
  return length;
}

/** Writes a text of characters of one byte each; returns how many there are. */
export function writeOneByteText(bytes: Buffer, text: string, start: number): number {
  const { length } = text;
  if (length > SHORT) return bytes.write(text, start, "latin1");
  for (let index = 0; index < length; index++) bytes[start + index] = text.charCodeAt(index);
  return length;
}
