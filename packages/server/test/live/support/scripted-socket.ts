import { Duplex } from "node:stream";

type Done = (error?: Error | null) => void;

/**
 * A socket without a network. It keeps what is written to it, one entry for each write that reaches
 * the system, and takes nothing more while it is stalled.
 */
export class ScriptedSocket extends Duplex {
  /** What reached the system: the chunks of each write, or of each vectored one. */
  readonly writes: Buffer[][] = [];
  /** Most bytes that it has held. */
  highest = 0;
  /** Bytes that reached the system. */
  taken = 0;
  /** How often `write` was called. */
  calls = 0;
  #isStalled = false;
  #held: Done | undefined;

  constructor() {
    super({ highWaterMark: 16_384 });
  }

  /** From now on nothing is taken. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Takes what was held, and what comes. */
  flow(): void {
    this.#isStalled = false;
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  /** Takes what is held, once. */
  step(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  /** Everything that was taken, as one. */
  get bytes(): Buffer {
    return Buffer.concat(this.writes.flat());
  }

  override write(...call: unknown[]): boolean {
    this.calls++;
    const isTaken = (super.write as (...call: unknown[]) => boolean)(...call);
    this.highest = Math.max(this.highest, this.writableLength);
    return isTaken;
  }

  override _read(): void {
    // What comes in is pushed.
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: Done): void {
    this.#take([chunk], done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: Done): void {
    this.#take(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  // What `ws` asks of a socket.
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  #take(chunks: Buffer[], done: Done): void {
    this.writes.push(chunks);
    for (const { length } of chunks) this.taken += length;
    if (this.#isStalled) this.#held = done;
    else done();
  }
}
