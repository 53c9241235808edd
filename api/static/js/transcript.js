// The editor of a transcript: fields as high as their words, doubtful words found in them, nothing lost by leaving.

import { attachPlayers } from "./player.js";

const form = document.getElementById("editor");
let changed = false;

attachPlayers(document);
for (const field of form.querySelectorAll("textarea")) fit(field);

form.addEventListener("input", (event) => {
  changed = true;
  if (event.target instanceof HTMLTextAreaElement) fit(event.target);
});
form.addEventListener("submit", () => (changed = false));
form.addEventListener("click", (event) => {
  const doubt = event.target.closest("[data-doubt]");
  if (doubt) select(doubt.closest(".editor__cue").querySelector("textarea"), doubt.dataset.doubt);
});
addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});

function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

function select(field, word) {
  const at = field.value.split(/(\s+)/).reduce((found, part) => {
    if (found.end) return found;
    return part === word ? { start: found.at, end: found.at + part.length } : { at: found.at + part.length };
  }, { at: 0 });
  field.focus();
  if (at.end) field.setSelectionRange(at.start, at.end);
}
