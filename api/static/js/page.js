// What every page has: the menu and its settings.

import { singleKeysAllowed, allowSingleKeys } from "./keys.js";

const menu = document.getElementById("menu");
const appearance = document.getElementById("appearance");
const singleKeys = document.getElementById("single-keys");

appearance.value = document.documentElement.dataset.appearance ?? "system";
appearance.addEventListener("change", () => {
  if (appearance.value === "system") {
    delete document.documentElement.dataset.appearance;
    localStorage.removeItem("groundwork-appearance");
  } else {
    document.documentElement.dataset.appearance = appearance.value;
    localStorage.setItem("groundwork-appearance", appearance.value);
  }
});

singleKeys.checked = singleKeysAllowed();
singleKeys.addEventListener("change", () => allowSingleKeys(singleKeys.checked));

document.addEventListener("click", (event) => {
  if (menu.open && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
  event.stopImmediatePropagation();
}, true);
