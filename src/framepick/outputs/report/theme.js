/* Light, dark, or as the system has it; the choice is kept where the browser allows it. */
const themes = ["auto", "light", "dark"];
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
const themeButton = document.getElementById("theme");
const themeListeners = [];
let theme = "auto";

function applyTheme(printing) {
  const isDark = !printing && (theme === "dark" || (theme === "auto" && prefersDark.matches));
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  themeButton.textContent = "Theme: " + theme;
  for (const tell of themeListeners) tell();
}

try {
  const kept = localStorage.getItem("framepick-theme");
  if (themes.includes(kept)) theme = kept;
} catch (error) { /* files may have no storage */ }
themeButton.hidden = false;
themeButton.addEventListener("click", () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  try { localStorage.setItem("framepick-theme", theme); } catch (error) { /* as above */ }
  applyTheme(false);
});
prefersDark.addEventListener("change", () => applyTheme(false));
window.addEventListener("beforeprint", () => applyTheme(true));
window.addEventListener("afterprint", () => applyTheme(false));
applyTheme(false);
