// Light, dark, or as the system has it; remembered by the browser.

const KEY = "buildsvc-theme";
export const THEMES = ["auto", "light", "dark"];

export const theme = () => localStorage.getItem(KEY) || "auto";

export function chooseTheme(chosen) {
  if (chosen === "auto") {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(KEY, chosen);
    document.documentElement.dataset.theme = chosen;
  }
  dispatchEvent(new Event("themechange"));
}
