/** Takes a text in pieces, so that it need not be put together first. */
export interface TextSink {
  /** Takes a piece that is ASCII. */
  ascii(text: string): void;
}
