import type { SettingName, Settings } from "./settings.js";

/** What settings are checked against each other with. */
interface Resolved {
  readonly settings: Settings;
  readonly origins: Readonly<
    Record<SettingName, { readonly source: "flag" | "variable" | "file" | "default"; readonly text: string }>
  >;
}

const STRENGTH = { flag: 3, variable: 2, file: 1, default: 0 } as const;
/** Settings that mean something to the engine lmdb only. */
const OF_LMDB = ["data", "durability", "maxLogBytes"] as const;
/** Ways to find out who clients are. */
const AUTH_WAYS = ["authTokens", "authJwtSecret", "authJwtSecretFile", "authJwtPublicKeyFile"] as const;

/** What is wrong with settings that are right each by itself. */
export function crossMistakes(resolved: Resolved): string[] {
  return [...engineMistakes(resolved), ...authMistakes(resolved), ...tlsMistakes(resolved)];
}

function engineMistakes({ settings, origins }: Resolved): string[] {
  if (settings.engine !== "memory") return [];
  const { source, text } = origins.engine;
  // A stronger --engine memory is a try, and need not take the file's settings out.
  return OF_LMDB.filter(
    (name) => settings[name] !== undefined && STRENGTH[origins[name].source] >= STRENGTH[source],
  ).map(
    (name) => `${origins[name].text} is for the engine lmdb, and ${text} is memory: leave one of them out`,
  );
}

function authMistakes({ settings, origins }: Resolved): string[] {
  const ways = AUTH_WAYS.filter((name) => settings[name] !== undefined);
  const mistakes: string[] = [];
  if (ways.length > 1) mistakes.push(`${enumerate(ways.map((name) => origins[name].text))}: use one of them`);
  const claims = (["authJwtIssuer", "authJwtAudience"] as const).filter(
    (name) => settings[name] !== undefined,
  );
  if (claims.length > 0 && !ways.some((name) => name !== "authTokens")) {
    const given = enumerate(claims.map((name) => origins[name].text));
    mistakes.push(`${given} need --auth-jwt-secret-file or --auth-jwt-public-key-file`);
  }
  return mistakes;
}

function tlsMistakes({ settings: { tlsCert, tlsKey } }: Resolved): string[] {
  if ((tlsCert === undefined) === (tlsKey === undefined)) return [];
  return ["--tls-cert and --tls-key go together: a certificate is of no use without its key"];
}

function enumerate(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1) ?? ""}`;
}
