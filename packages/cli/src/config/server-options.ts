import type { ServerOptions } from "@rtmsg/server";
import { SETTING_NAMES, settingOf, type SETTINGS, type SettingName, type Settings } from "./settings.js";

type Handed = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends { readonly isServerOption: true } ? Name : never;
}[SettingName];

/** The settings that are options of `startServer`, by the same names. */
export function serverOptionsOf(settings: Settings): Pick<Settings, Handed> {
  const names = SETTING_NAMES.filter((name): name is Handed => settingOf(name).isServerOption === true);
  // This does not compile when the server has no such option.
  const options: Pick<Settings, Handed> & ServerOptions = Object.fromEntries(
    names.map((name) => [name, settings[name]]),
  ) as Pick<Settings, Handed>;
  return options;
}
