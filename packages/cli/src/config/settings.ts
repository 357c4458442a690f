import {
  choice,
  engine,
  integer,
  list,
  onOff,
  path,
  size,
  text,
  topics,
  duration,
  type Kind,
} from "./kinds.js";
import { LIMIT_SETTINGS, type LimitName } from "./limit-settings.js";

/** One setting of `rtmsg serve`. */
export interface Setting<Value = unknown, Input = unknown> {
  readonly kind: Kind<Value, Input>;
  /** What it is for, as `--help` and the docs say it: no capital, no full stop. */
  readonly help: string;
  /** What holds where nobody says anything. */
  readonly default?: Value;
  /** What the help says of that, where the value alone does not. */
  readonly defaultText?: string;
  /** A short flag, one letter. */
  readonly short?: string;
  /** A secret is not shown, and has no flag: other users of the machine see command lines. */
  readonly isSecret?: boolean;
  /** Whether `startServer` has an option of the same name that it is handed to as it is. */
  readonly isServerOption?: boolean;
  /** The limit of `startServer` that it sets. */
  readonly limit?: LimitName;
}

function setting<Value, Input, const S extends Omit<Setting<Value, Input>, "kind">>(
  kind: Kind<Value, Input>,
  rest: S,
): S & { readonly kind: Kind<Value, Input> } {
  return { kind, ...rest };
}

/**
 * Every setting of `rtmsg serve`. Flags (`--limit-topics`), variables (`RTMSG_LIMIT_TOPICS`), the keys of a file
 * (`limitTopics`), `--help`, `--print-config` and the table in docs/configuration.md all follow from this: to add a
 * setting is to add an entry, and a row to the docs, which a test asks for.
 */
export const SETTINGS = {
  port: setting(integer(0, 65_535), {
    help: "port to listen on; 0 takes a free one",
    default: 3_030,
    short: "p",
    isServerOption: true,
  }),
  host: setting(text("name"), {
    help: "name or address to listen on",
    default: "127.0.0.1",
    isServerOption: true,
  }),
  insecure: setting(onOff(), {
    help: "listen where other machines can connect, though nobody is asked who they are",
    default: false,
    isServerOption: true,
  }),
  withoutConsole: setting(onOff(), {
    help: "serve no console, the web page at /",
    default: false,
  }),
  topics: setting(topics(), {
    help: "module (.ts or .js) that exports topics made by defineTopics",
    short: "t",
  }),
  undeclaredTopics: setting(choice("allow", "deny"), {
    help: "whether topics may be used that are not declared",
    defaultText: "only if none are",
    isServerOption: true,
  }),
  engine: setting(engine(), {
    help: "where events are kept: on disk, only while the broker runs, or in NATS (nats://host:4222)",
    default: "lmdb",
  }),
  data: setting(path("folder"), { help: "the folder of the engine lmdb", defaultText: "./.rtmsg" }),
  durability: setting(choice("durable", "relaxed"), {
    help: "durable: a receipt means that the event is on disk; relaxed: that it is within a second",
    defaultText: "durable",
  }),
  maxLogBytes: setting(size(), {
    help: "bytes of events that the engines lmdb and nats keep; past them the oldest are trimmed",
    defaultText: "all are kept",
  }),
  natsStream: setting(text("name"), {
    help: "the JetStream stream that is the log; brokers with the same one share it",
    defaultText: "RTMSG",
  }),
  natsReplicas: setting(integer(1, 5), {
    help: "copies of the stream, when it is made",
    defaultText: "1",
  }),
  natsSyncAlways: setting(onOff(), {
    help: 'say that the NATS servers sync every write (sync_interval: "always")',
    default: false,
  }),
  natsUser: setting(text("name"), { help: "user to show to NATS" }),
  natsPassword: setting(text(), { help: "its password", isSecret: true }),
  natsToken: setting(text(), { help: "token to show to NATS", isSecret: true }),
  natsNkeyFile: setting(path("file"), { help: "file with the seed of an nkey to show to NATS" }),
  natsCredsFile: setting(path("file"), { help: ".creds file to show to NATS" }),
  natsTlsCa: setting(path("file"), {
    help: "who signed the certificates of NATS, if the system does not know (PEM)",
  }),
  natsTlsCert: setting(path("file"), { help: "certificate to show to NATS (PEM)" }),
  natsTlsKey: setting(path("file"), { help: "the private key of that certificate (PEM)" }),
  dedupeWindow: setting(duration(), {
    help: "how long event ids are remembered, so that a retry is stored once",
    default: 120_000,
  }),
  dedupeIds: setting(integer(1), { help: "how many event ids are remembered", default: 500_000 }),
  authTokens: setting(path("file"), {
    help: "ask clients for a token of this file; rtmsg token makes them",
  }),
  authJwtSecret: setting(text(), {
    help: "ask for a JWT, signed with this secret (HS256)",
    isSecret: true,
  }),
  authJwtSecretFile: setting(path("file"), {
    help: "ask for a JWT, signed with the secret in this file (HS256)",
  }),
  authJwtPublicKeyFile: setting(path("file"), {
    help: "ask for a JWT, checked with this PEM or JWK Set",
  }),
  authJwtIssuer: setting(text(), { help: "what the JWT's iss must be" }),
  authJwtAudience: setting(text(), { help: "what the JWT's aud must hold" }),
  origin: setting(list("origin"), {
    help: "web pages that may connect, such as https://app.example.com; * for all",
    defaultText: "those of the server's own origin",
  }),
  drainTimeout: setting(duration(), {
    help: "how long clients and produces may take to leave when the broker is stopped",
    default: 10_000,
  }),
  logLevel: setting(choice("error", "warn", "info", "silent"), {
    help: "what goes into the log: this, and what is worse",
    default: "info",
  }),
  logFormat: setting(choice("auto", "json", "pretty"), {
    help: "log lines as JSON, or for a person; auto: for a person on a terminal, else JSON",
    default: "auto",
  }),
  tlsCert: setting(path("file"), { help: "speak HTTPS and WSS with this certificate (PEM)" }),
  tlsKey: setting(path("file"), { help: "the certificate's private key (PEM)" }),
  ...LIMIT_SETTINGS,
} as const satisfies Readonly<Record<string, Setting>>;

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS;

type ValueOf<S> = S extends { readonly kind: Kind<infer Value, infer _Input> } ? Value : never;
type InputOf<S> = S extends { readonly kind: Kind<infer _Value, infer Input> } ? Input : never;
type Given<S> = S extends { readonly default: unknown } ? ValueOf<S> : ValueOf<S> | undefined;

/** Every setting's value; undefined where nothing is set and nothing holds by itself. */
export type Settings = { readonly [Name in SettingName]: Given<(typeof SETTINGS)[Name]> };

/** What a configuration file may set. */
export type Config = { readonly [Name in SettingName]?: InputOf<(typeof SETTINGS)[Name]> | undefined };

/** The names of all settings, in the order of the table. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** A setting, whatever its type. */
export function settingOf(name: SettingName): Setting {
  return SETTINGS[name];
}

/** The flag of a setting, such as `--limit-topics`. */
export function flagOf(name: SettingName): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The environment variable of a setting, such as `RTMSG_LIMIT_TOPICS`. */
export function variableOf(name: SettingName): string {
  return `RTMSG_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** What holds where nothing is set, in words; undefined where nothing does. */
export function defaultTextOf(name: SettingName): string | undefined {
  const { default: value, defaultText } = settingOf(name);
  if (defaultText !== undefined) return defaultText;
  if (value === undefined || value === false) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
