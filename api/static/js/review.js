// The review of a course: part by part with single keys, each part beside its evidence.

import { formToken } from "./form_token.js";
import { onKeys } from "./keys.js";
import { LessonSources } from "./lesson_sources.js";
import { toast } from "./toast.js";

const work = document.getElementById("work");
const parts = [...work.querySelectorAll(".part")];
const sources = new LessonSources(work, { onOpen: (chip) => point(chip.closest(".part"), false) });
let current = null;

if (location.hash.startsWith("#part-")) point(document.getElementById(location.hash.slice(1)), false);
else if (sources.panel.isBeside && sources.chips().length) sources.show(sources.chips()[0]);

work.addEventListener("focusin", (event) => {
  const part = event.target.closest(".part");
  if (part && part !== current) point(part, false);
});
work.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-accepts]");
  if (!form) return;
  event.preventDefault();
  judge(form, event.submitter ?? form.querySelector("button"));
});

onKeys({
  j: () => move(1),
  k: () => move(-1),
  a: () => current && accept(current),
  c: () => current && comment(current),
  e: () => current && evidence(current),
  "?": () => {
    const keys = document.querySelector(".keys");
    keys.open = !keys.open;
  },
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") sources.panel.close();
});

function move(by) {
  const at = parts.indexOf(current);
  const next = parts[at < 0 ? 0 : at + by];
  if (next) point(next, true);
  return true;
}

function point(part, focus) {
  if (!part) return;
  current?.classList.remove("is-current");
  current = part;
  part.classList.add("is-current");
  if (!focus) return;
  part.focus({ preventScroll: true });
  part.scrollIntoView({ block: "nearest" });
  const first = sources.chips(part)[0];
  if (first && sources.panel.isBeside) sources.show(first);
}

function evidence(part) {
  const chips = sources.chips(part);
  if (!chips.length) return true;
  const at = chips.indexOf(sources.open);
  sources.show(chips[(at + 1) % chips.length]);
  return true;
}

function comment(part) {
  const box = part.querySelector("[data-comment-box]");
  box.open = true;
  box.querySelector("textarea").focus();
  return true;
}

function accept(part) {
  const button = part.querySelector("[data-accepts] button");
  if (!button) return true;
  if (button.value === "accept") judge(button.form, button, true);
  else move(1);
  return true;
}

// Where a part is accepted with a key, the next one follows.
async function judge(form, button, goesOn = false) {
  const body = new URLSearchParams(new FormData(form));
  const response = await fetch(form.action, {
    method: "POST",
    headers: { ...formToken, Accept: "application/json" },
    body,
    redirect: "manual",
  }).catch(() => null);
  if (!response || !(response.type === "opaqueredirect" || response.ok)) {
    toast(response ? (await response.json()).detail : "The server cannot be reached. Is it still running?");
    return;
  }
  const accepted = button.value === "accept";
  form.action = form.action.replace(/\w+$/, accepted ? "unaccept" : "accept");
  const part = form.closest(".part");
  part.classList.toggle("part--accepted", accepted);
  button.classList.toggle("button--accepted", accepted);
  button.setAttribute("aria-pressed", String(accepted));
  button.value = accepted ? "open" : "accept";
  button.querySelector("[data-label]").textContent = accepted ? "Accepted" : "Accept";
  const lesson = part.closest("[data-lesson]");
  document.querySelector(`[data-accepted-in="${lesson.dataset.lesson}"]`).textContent =
    lesson.querySelectorAll(".part--accepted").length;
  document.getElementById("accepted-count").textContent = work.querySelectorAll(".part--accepted").length;
  if (goesOn) move(1);
}

// Suggesting begins with the words as they are.
for (const select of work.querySelectorAll("[data-suggests]")) {
  select.addEventListener("change", () => {
    const field = document.getElementById(select.dataset.suggests);
    const said = select.closest(".part").querySelector(`[data-claim="${CSS.escape(select.value)}"]`);
    field.value = select.value ? textOf(said) : "";
    if (select.value) field.focus();
  });
}

function textOf(said) {
  const cells = [...said.querySelectorAll("td")].slice(0, -1);
  if (cells.length) return cells.map((cell) => cell.textContent.trim()).join("\t");
  return [...said.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join("").trim();
}
