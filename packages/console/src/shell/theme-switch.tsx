import { theme, type Theme } from "../theme.js";
import { Icon, type IconName } from "../ui/icon.js";

const THEMES: readonly { readonly id: Theme; readonly name: string; readonly icon: IconName }[] = [
  { id: "system", name: "As the system", icon: "system" },
  { id: "light", name: "Light", icon: "sun" },
  { id: "dark", name: "Dark", icon: "moon" },
];

/** Light, dark, or as the system has it. */
export function ThemeSwitch() {
  return (
    <fieldset class="theme-switch">
      <legend class="unseen">Theme</legend>
      {THEMES.map(({ id, name, icon }) => (
        <label key={id} title={name}>
          <input
            type="radio"
            name="theme"
            class="unseen"
            checked={theme.value === id}
            onChange={() => (theme.value = id)}
          />
          <Icon name={icon} />
          <span class="unseen">{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
