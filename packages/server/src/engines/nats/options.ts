import type { Logger } from "../../observe/logger.js";
import type { Duration, Size } from "../../topics/retention.js";

/** How a node shows NATS who it is; what is left out is not sent. */
export interface NatsCredentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** The seed of an nkey, such as `SUAB...`. */
  readonly nkeySeed?: string | undefined;
  /** The path of a `.creds` file. */
  readonly credsFile?: string | undefined;
}

/** How TLS is spoken with NATS; files are PEM. */
export interface NatsTls {
  /** Who signed the server's certificate, where the system does not know. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Options of the nats engine. */
export interface NatsEngineOptions {
  /**
   * Addresses of NATS servers, such as `nats://host:4222` or `tls://host:4222`; several may be given as a
   * list or with commas between. A user and password, or a token, may stand before an `@`.
   * @default "nats://127.0.0.1:4222"
   */
  readonly servers?: string | readonly string[] | undefined;
  /**
   * The JetStream stream that is the log; made if there is none, else checked and never changed. Nodes with
   * the same stream share one log.
   * @default "RTMSG"
   */
  readonly stream?: string | undefined;
  /**
   * Copies of the stream, 1 to 5, when it is made.
   * @default 1
   */
  readonly replicas?: number | undefined;
  /**
   * Where JetStream keeps it, when it is made.
   * @default "file"
   */
  readonly storage?: "file" | "memory" | undefined;
  /**
   * Most bytes of the stream, as NATS counts them, when it is made. What does not fit is refused with
   * `STORAGE_FULL`: nothing is dropped for it.
   * @default no limit but the server's own
   */
  readonly maxBytes?: Size | undefined;
  /**
   * Bytes of events to keep in all, as NATS counts them, or text such as `"10gb"`; past them the oldest are
   * trimmed.
   * @default everything is kept
   */
  readonly maxLogBytes?: Size | undefined;
  /**
   * Say so when every NATS server of a single-replica stream syncs each write to disk (`sync_interval: always`).
   * Receipts are then called durable, and nothing is warned of.
   * @default false
   */
  readonly syncAlways?: boolean | undefined;
  /**
   * How long a call waits for NATS before it fails with `UNAVAILABLE`.
   * @default "10s"
   */
  readonly timeout?: Duration | undefined;
  /** How the node shows NATS who it is. */
  readonly credentials?: NatsCredentials | undefined;
  /** Files for TLS. An address that begins with `tls://` needs none where the system knows the signer. */
  readonly tls?: NatsTls | undefined;
  /** Where warnings go. */
  readonly logger?: Logger | undefined;
}

/** The options, filled in and checked. */
export interface NatsSettings {
  readonly servers: readonly string[];
  readonly stream: string;
  readonly replicas: number;
  readonly storage: "file" | "memory";
  readonly maxBytes: number | undefined;
  readonly maxLogBytes: number | undefined;
  readonly syncAlways: boolean;
  readonly timeoutMs: number;
  readonly credentials: NatsCredentials;
  readonly tls: NatsTls | undefined;
  readonly logger: Logger;
  /** How often retention is looked at, in ms. */
  readonly sweepMs: number;
}
