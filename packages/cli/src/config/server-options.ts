import type { ServerOptions } from "@rtmsg/server";
import { SETTING_NAMES, settingOf, type SETTINGS, type SettingName, type Settings } from "./settings.js";

type Handed = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends { readonly isServerOption: true } ? Name : never;
}[SettingName];

/** A setting that the server has no option for does not compile: this is `true` only where there is none. */
const ALL_ARE_OPTIONS: Handed extends keyof ServerOptions ? true : false = true;

/** The settings that are options of `startServer`, by the same names, and its limits. */
export function serverOptionsOf(
  settings: Settings,
): Pick<Settings, Handed> & Required<Pick<ServerOptions, "limits">> {
  const names = SETTING_NAMES.filter((name) => settingOf(name).isServerOption === ALL_ARE_OPTIONS);
  const options = Object.fromEntries(names.map((name) => [name, settings[name]]));
  const limits = Object.fromEntries(
    SETTING_NAMES.flatMap((name) => {
      const { limit } = settingOf(name);
      return limit === undefined ? [] : [[limit, settings[name]]];
    }),
  );
  return { ...(options as Pick<Settings, Handed>), limits };
}
