import { writeOneByteText, writeText } from "../../log/short-text.js";
import { frameHeaderBytes, writeFrameHeader } from "./ws-frame.js";

/** What a writer begins with, and goes back to after larger events: more than a page takes, in bytes. */
const KEPT_BYTES = 524_288;

/**
 * Writes texts and bytes one after another into memory that is used again and again, and makes one
 * copy of the whole: that costs far less than a buffer for each event of a page.
 */
export class FrameWriter {
  #bytes = Buffer.allocUnsafeSlow(KEPT_BYTES);
  #length = 0;

  /** Writes text that is ASCII for certain. */
  ascii(text: string): void {
    this.#reserve(text.length);
    this.#length += writeOneByteText(this.#bytes, text, this.#length);
  }

  /** Writes any text. */
  text(text: string): void {
    this.#reserve(3 * text.length);
    this.#length += writeText(this.#bytes, text, this.#length);
  }

  /** Writes bytes. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** Leaves room for the header of a frame of about so many bytes; returns where its payload begins. */
  beginFrame(aboutBytes: number): number {
    const headerBytes = frameHeaderBytes(aboutBytes);
    this.#reserve(headerBytes);
    this.#length += headerBytes;
    return this.#length;
  }

  /**
   * Writes the header of the frame that was begun last.
   *
   * @param start - where its payload begins
   * @param aboutBytes - as when it was begun
   * @returns by how much its payload was moved, since the header turned out longer or shorter
   */
  endFrame(start: number, aboutBytes: number): number {
    const payloadBytes = this.#length - start;
    const headerBytes = frameHeaderBytes(payloadBytes);
    const moved = headerBytes - frameHeaderBytes(aboutBytes);
    if (moved !== 0) {
      this.#reserve(Math.max(moved, 0));
      this.#bytes.copyWithin(start + moved, start, this.#length);
      this.#length += moved;
    }
    writeFrameHeader(this.#bytes, start + moved - headerBytes, payloadBytes);
    return moved;
  }

  /** Begins anew. */
  begin(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(KEPT_BYTES);
  }

  /** A copy of what was written. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * needed);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
