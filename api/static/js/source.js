// The source view: steps through the marked places.

import { onKeys } from "./keys.js";
import { attachPlayers } from "./player.js";

const bar = document.getElementById("marks-bar");
const count = bar ? Number(bar.dataset.count) : 0;
let now = 0;

attachPlayers(document);

if (bar) {
  document.getElementById("mark-next").addEventListener("click", () => step(1));
  document.getElementById("mark-previous").addEventListener("click", () => step(-1));
  onKeys({ n: () => step(1), p: () => step(-1) });
  addEventListener("hashchange", () => show(fromHash(), false));
  show(fromHash() || 1, true);
}

function fromHash() {
  return Number(/^#mark-(\d+)$/.exec(location.hash)?.[1] ?? 0);
}

function step(by) {
  for (let number = now + by; number >= 1 && number <= count; number += by) {
    if (show(number, true)) break;
  }
}

// False where the mark stands in a part of the document that is not on this page.
function show(number, scroll) {
  const parts = document.querySelectorAll(`[data-mark="${number}"]`);
  if (!parts.length) return false;
  for (const part of document.querySelectorAll(".is-now")) part.classList.remove("is-now");
  for (const part of parts) part.classList.add("is-now");
  seekTo(number);
  now = number;
  if (scroll) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    parts[0].scrollIntoView({ block: "center", inline: "nearest", behavior: calm ? "auto" : "instant" });
  }
  return true;
}

// In a recording a mark is also a moment. The player is there already when the first mark is shown.
function seekTo(number) {
  const player = document.querySelector("[data-player]");
  const seconds = player?.dataset.marks.split(",")[number - 1];
  if (seconds && number !== now && now) player.dispatchEvent(new CustomEvent("player-seek", { detail: Number(seconds) }));
}
