import { accessSync, constants, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import {
  credsAuthenticator,
  nkeyAuthenticator,
  type Authenticator,
  type NodeConnectionOptions,
} from "@nats-io/transport-node";
import type { NatsCredentials, NatsSettings, NatsTls } from "./options.js";

/** How often the connection is probed, in ms; two probes without an answer end it. */
const PING_MS = 2_000;

/**
 * What NATS's client library is told.
 *
 * @throws Error when a file cannot be read, or a credential is malformed
 */
export function connectionOptions({
  servers,
  credentials,
  tls,
  timeoutMs,
}: NatsSettings): NodeConnectionOptions {
  const { user, password, token } = credentials;
  const fromUrl = servers.map(secretsOf).find((secrets) => secrets !== undefined);
  const authenticator = authenticatorsOf(credentials);
  const files = filesOf(tls);
  const isTls = files !== undefined || servers.some((server) => server.startsWith("tls://"));
  return {
    servers: servers.map(addressOf),
    name: "rtmsg",
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: PING_MS,
    maxPingOut: 2,
    timeout: Math.min(timeoutMs, 5_000),
    ignoreAuthErrorAbort: true,
    ...fromUrl,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(token !== undefined && { token }),
    ...(authenticator.length > 0 && { authenticator }),
    ...(isTls && { tls: tlsOptions(servers, files) }),
  };
}

/** An address without what must not be shown. */
export function withoutSecrets(server: string): string {
  return server.replace(/^(\w+:\/\/)?[^@/]+@/, "$1");
}

/** The host and port of an address. */
function addressOf(server: string): string {
  return withoutSecrets(server).replace(/^\w+:\/\//, "");
}

/** The user and password, or the token, of an address. */
function secretsOf(server: string): { user: string; pass: string } | { token: string } | undefined {
  const match = /^(?:\w+:\/\/)?([^@/]+)@/.exec(server);
  const [user, ...rest] = match?.[1]?.split(":") ?? [];
  if (user === undefined) return undefined;
  if (rest.length === 0) return { token: decodeURIComponent(user) };
  return { user: decodeURIComponent(user), pass: decodeURIComponent(rest.join(":")) };
}

function authenticatorsOf({ nkeySeed, credsFile }: NatsCredentials): Authenticator[] {
  const authenticators: Authenticator[] = [];
  if (nkeySeed !== undefined) {
    const authenticate = nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
    tried(authenticate, `The nkey seed for NATS cannot be used: give the text that begins with "SU"`);
    authenticators.push(authenticate);
  }
  if (credsFile !== undefined) {
    let creds = readFile(credsFile, "credentials");
    tried(
      credsAuthenticator(creds),
      `The file ${credsFile} holds no credentials for NATS: give a .creds file, with a JWT and a seed`,
    );
    // Read at each connect, since such credentials end, and others take their place in the file.
    authenticators.push((nonce) => {
      try {
        creds = readFileSync(credsFile);
      } catch {
        // Those of before may still be good.
      }
      return credsAuthenticator(creds)(nonce);
    });
  }
  return authenticators;
}

/** Uses an authenticator once, so that what is malformed is told at the start, and by its name. */
function tried(authenticate: Authenticator, problem: string): void {
  try {
    authenticate("nonce");
  } catch (cause) {
    throw new Error(problem, { cause });
  }
}

/** Those files for TLS that are given; undefined where there is none. */
function filesOf(tls: NatsTls = {}): NatsTls | undefined {
  const files = Object.entries(tls).filter(([, file]) => file !== undefined) as [string, string][];
  for (const [, file] of files) {
    try {
      accessSync(file, constants.R_OK);
    } catch (cause) {
      throw unreadable(file, "TLS", cause);
    }
  }
  return files.length === 0 ? undefined : Object.fromEntries(files);
}

function readFile(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw unreadable(file, what, cause);
  }
}

function unreadable(file: string, what: string, cause: unknown): Error {
  return new Error(
    `The file ${file} of ${what} for NATS cannot be read (${(cause as Error).message}): check its path and rights`,
    { cause },
  );
}

function tlsOptions(
  servers: readonly string[],
  files: NatsTls = {},
): NonNullable<NodeConnectionOptions["tls"]> {
  const hosts = servers.map((server) =>
    addressOf(server)
      .replace(/:\d+$/, "")
      .replace(/^\[(.*)\]$/, "$1"),
  );
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  const options = {
    ...files,
    // The client library does not say which IP address it connected to, and Node then takes "localhost" for
    // it: a certificate must be of one of the addresses that were given.
    checkServerIdentity: (host, certificate) => {
      if (host !== "localhost" || addresses.length === 0) return checkServerIdentity(host, certificate);
      const names = hosts.includes(host) ? [host, ...addresses] : addresses;
      const problems = names.map((name) => checkServerIdentity(name, certificate));
      return problems.includes(undefined) ? undefined : problems[0];
    },
  } satisfies NatsTls & { checkServerIdentity: typeof checkServerIdentity };
  return options as NonNullable<NodeConnectionOptions["tls"]>;
}
