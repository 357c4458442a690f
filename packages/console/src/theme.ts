import { computed, effect, signal } from "@preact/signals";

const THEME_KEY = "rtmsg.theme";

/** Light, dark, or as the system has it. */
export type Theme = "system" | "light" | "dark";

function stored(): Theme {
  const value = localStorage.getItem(THEME_KEY);
  return value === "light" || value === "dark" ? value : "system";
}

/** The theme that was chosen. */
export const theme = signal<Theme>(stored());

const dark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(dark.matches);
dark.addEventListener("change", () => (systemIsDark.value = dark.matches));

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  if (theme.value === "system") localStorage.removeItem(THEME_KEY);
  else localStorage.setItem(THEME_KEY, theme.value);
});

/** How the page looks, for what is not drawn by CSS. After the theme was put to work. */
export const appearance = computed(() => {
  if (theme.value === "system") return systemIsDark.value ? "dark" : "light";
  return theme.value;
});
