/** A WebSocket without a network, whose other end is the test. */
export class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  /** Every socket that was made. */
  static readonly made: FakeSocket[] = [];

  readonly OPEN = 1;
  readyState: number = FakeSocket.CONNECTING;
  /** What was sent. */
  readonly sent: string[] = [];

  constructor() {
    super();
    FakeSocket.made.push(this);
  }

  open(): void {
    if (this.readyState !== FakeSocket.CONNECTING) return;
    this.readyState = FakeSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  /** Answers the client's first call: the server has accepted it. */
  accept(): void {
    this.receive({ id: 0, result: { type: "data", data: { json: { dedupe: { reachMs: 120_000 } } } } });
  }

  /** Refuses the connection as a whole. */
  refuse(code: string): void {
    this.receive({ id: null, error: { json: { message: "no", data: { rtmsg: { code } } } } });
  }

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    if (this.readyState === FakeSocket.CLOSED) return;
    this.readyState = FakeSocket.CLOSED;
    this.dispatchEvent(Object.assign(new Event("close"), { code: 1006, reason: "" }));
  }

  /** Lets the client receive a message. */
  receive(message: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
}
