import { Option, type Command } from "commander";
import { defaultTextOf, flagOf, SETTING_NAMES, settingOf, type SettingName } from "./settings.js";

/** Adds a flag for each setting. What is given is checked later, with all else that was given. */
export function addSettingOptions(command: Command): Command {
  for (const name of SETTING_NAMES) {
    if (settingOf(name).isSecret !== true) command.addOption(optionOf(name));
  }
  return command;
}

function optionOf(name: SettingName): Option {
  const { kind, short, help, limit } = settingOf(name);
  const flag = short === undefined ? flagOf(name) : `-${short}, ${flagOf(name)}`;
  const fallback = defaultTextOf(name);
  const option = new Option(
    kind.placeholder === undefined ? flag : `${flag} <${kind.placeholder}>`,
    fallback === undefined ? help : `${help} (default: ${fallback})`,
  );
  // There are many of them, and few need any.
  return limit === undefined ? option : option.hideHelp();
}
