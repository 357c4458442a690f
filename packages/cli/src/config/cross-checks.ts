import { SETTING_NAMES, type SettingName, type Settings } from "./settings.js";

/** What settings are checked against each other with. */
interface Resolved {
  readonly settings: Settings;
  readonly origins: Readonly<
    Record<SettingName, { readonly source: "flag" | "variable" | "file" | "default"; readonly text: string }>
  >;
}

const STRENGTH = { flag: 3, variable: 2, file: 1, default: 0 } as const;
/** Settings that mean something to some engines only. */
const ENGINE_SETTINGS: readonly (readonly [SettingName, readonly string[]])[] = [
  ["data", ["lmdb"]],
  ["durability", ["lmdb"]],
  ["maxLogBytes", ["lmdb", "nats"]],
  ...SETTING_NAMES.filter((name) => name.startsWith("nats")).map((name) => [name, ["nats"]] as const),
];
/** Ways to find out who clients are. */
const AUTH_WAYS = ["authTokens", "authJwtSecret", "authJwtSecretFile", "authJwtPublicKeyFile"] as const;

/** What is wrong with settings that are right each by itself. */
export function crossMistakes(resolved: Resolved): string[] {
  return [...engineMistakes(resolved), ...authMistakes(resolved), ...tlsMistakes(resolved)];
}

function engineMistakes({ settings, origins }: Resolved): string[] {
  const { source, text } = origins.engine;
  const chosen = /^(lmdb|memory)$/.test(settings.engine) ? settings.engine : "nats";
  // A stronger --engine memory is a try, and need not take the file's settings out.
  return ENGINE_SETTINGS.filter(
    ([name, engines]) =>
      !engines.includes(chosen) &&
      settings[name] !== undefined &&
      settings[name] !== false &&
      STRENGTH[origins[name].source] >= STRENGTH[source],
  ).map(
    ([name, engines]) =>
      `${origins[name].text} is for the engine ${engines.join(" or ")}, and ${text} is ${chosen}: leave one of them out`,
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
