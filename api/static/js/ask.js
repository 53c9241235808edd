// The page where people ask: sends a question, shows verified sentences as they come, opens sources beside them.

import { Answer } from "./answer.js";
import { EvidencePanel } from "./evidence.js";
import { eventsOf } from "./events.js";
import { formToken } from "./form_token.js";
import { onKeys } from "./keys.js";
import { Preview } from "./preview.js";
import { toast } from "./toast.js";

const form = document.getElementById("ask-form");
const field = document.getElementById("q");
const problem = document.getElementById("q-problem");
const counted = document.getElementById("q-count");
const longest = Number(field.dataset.longest);
const askButton = document.getElementById("ask-button");
const stopButton = document.getElementById("stop-button");
const start = document.getElementById("start");
const region = document.getElementById("answer");

const answer = new Answer();
const panel = new EvidencePanel({ onStep: step, onClose: () => { open = null; answer.point(null); } });
const preview = new Preview(region, (chip) => answer.sources[Number(chip.dataset.source) - 1]);
const PAUSE_MS = 400;
let pausing = null;
let open = null;
let asking = null;

answer.adopt();
if (answer.sources.length && panel.isBeside) show(1, null);

// The limit of addresses, which questions that a script sends do not have.
field.removeAttribute("maxlength");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(field.value.trim());
});
field.addEventListener("input", () => {
  const length = lengthOf(field.value);
  // Said only near the limit: below it nobody needs to know.
  counted.textContent = length > 0.9 * longest && length <= longest ? `${shown(length)} of ${shown(longest)} characters` : "";
  clearTimeout(pausing);
  // After a pause, so that it is not read aloud again with every letter.
  if (length > longest) pausing = setTimeout(() => refuse(tooLong(lengthOf(field.value))), PAUSE_MS);
  else if (field.hasAttribute("aria-invalid")) refuse("");
});
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
stopButton.addEventListener("click", () => asking?.abort());
start.addEventListener("click", (event) => {
  const example = event.target.closest("[data-example]");
  if (!example || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  field.value = example.textContent.trim();
  ask(field.value);
});
region.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-source]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    preview.hide();
    show(Number(link.dataset.source), link);
  }
  const related = event.target.closest("a[data-related]");
  if (related && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    panel.open(related.href, { title: "Related reading", origin: related });
  }
  if (event.target.closest("[data-copy]")) copy();
});
addEventListener("popstate", () => location.reload());

onKeys({
  j: () => step(1),
  k: () => step(-1),
  ArrowRight: (event) => isAtSource(event.target) && step(1),
  ArrowDown: (event) => isAtSource(event.target) && step(1),
  ArrowLeft: (event) => isAtSource(event.target) && step(-1),
  ArrowUp: (event) => isAtSource(event.target) && step(-1),
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (preview.isShown) preview.hide();
  else panel.close();
});

async function ask(question) {
  if (!question) {
    refuse("Write a question first.");
    return;
  }
  clearTimeout(pausing);
  const length = lengthOf(question);
  if (length > longest) {
    refuse(tooLong(length));
    field.focus();
    return;
  }
  asking?.abort();
  const current = asking = new AbortController();
  panel.close();
  refuse("");
  start.hidden = true;
  answer.begin();
  busy(true);
  document.title = `${question.length > 80 ? `${question.slice(0, 77)}...` : question} · Groundwork`;
  const address = `/?q=${encodeURIComponent(question)}`;
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
  try {
    await receive(question, current.signal);
  } catch (error) {
    if (error.name === "AbortError") {
      if (asking === current) answer.stop();
    } else if (error instanceof TypeError) {
      fail("The server cannot be reached. Is it still running?");
    } else {
      throw error;
    }
  } finally {
    if (asking === current) busy(false);
  }
}

async function receive(question, signal) {
  const response = await fetch("/api/ask", {
    method: "POST",
    headers: { ...formToken, "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ question }),
    signal,
  });
  if (!response.ok) {
    fail((await response.json()).detail);
    return;
  }
  let ended = false;
  for await (const { name, data } of eventsOf(response)) {
    if (signal.aborted) return;
    if (name === "sentence") answer.add(data);
    if (name === "answer") {
      answer.finish(data);
      if (answer.sources.length && panel.isBeside && open === null) show(1, null);
      else answer.point(open);
    }
    if (name === "problem") fail(data.detail);
    ended ||= name === "answer" || name === "problem";
  }
  if (!ended) fail("The connection to the server broke off.");
}

function fail(detail) {
  if (answer.fail(detail)) return;
  refuse(detail);
  start.hidden = false;
}

function refuse(detail) {
  problem.textContent = detail;
  if (detail) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

// Characters as the server counts them: one each, whatever its script.
function lengthOf(text) {
  return [...text.trim()].length;
}

function tooLong(length) {
  const numbers = { length, most: longest, over: length - longest };
  return field.dataset.tooLong.replace(/\{(\w+):,\}/g, (place, name) => shown(numbers[name]));
}

function shown(number) {
  return number.toLocaleString("en");
}

function busy(is) {
  askButton.hidden = is;
  stopButton.hidden = !is;
  region.setAttribute("aria-busy", String(is));
  if (is && document.activeElement === askButton) stopButton.focus();
  if (!is && document.activeElement === stopButton) askButton.focus();
}

function show(number, origin) {
  const source = answer.sources[number - 1];
  open = number;
  answer.point(number);
  panel.open(source.link, { number, count: answer.sources.length, origin });
}

function step(by) {
  if (!answer.isShown || !answer.sources.length) return false;
  const number = open === null ? (by > 0 ? 1 : answer.sources.length) : open + by;
  if (number < 1 || number > answer.sources.length) return true;
  const chip = answer.chipOf(number);
  const atChip = document.activeElement?.closest(".chip");
  show(number, chip);
  if (atChip && panel.isBeside) {
    chip.focus();
    preview.hide();
  }
  return true;
}

function isAtSource(target) {
  return target instanceof Element && target.closest(".chip, .cited, .evidence__bar") !== null;
}

async function copy() {
  await navigator.clipboard.writeText(answer.text);
  toast("Copied with sources.");
}
