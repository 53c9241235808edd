// What every page has: the menu and its settings, and forms that show that they are being sent.

import { toast } from "./toast.js";
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

// Forms that no script sends itself. The button stays where the focus is; a second press sends nothing.
addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button || event.target.method !== "post") return;
  if (button.getAttribute("aria-busy") === "true") event.preventDefault();
  button.setAttribute("aria-busy", "true");
});

// Back on a page that the browser has kept.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});

// What is shown once can be taken along with one press, where the browser lets pages do so.
for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    toast("Copied.");
  });
}

// On a narrow screen the navigation is wider than what is shown of it.
document.querySelector(".bar__nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
