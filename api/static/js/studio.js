// The Studio's editor: words saved as they are written, evidence beside them, lessons as they are drafted.

import { eventsOf } from "./events.js";
import { formToken } from "./form_token.js";
import { LessonSources } from "./lesson_sources.js";
import { toast } from "./toast.js";

const PAUSE_MS = 900;
const AGAIN_MS = 5000;
const CALM_MS = 400;

const work = document.getElementById("work");
const panelBody = document.getElementById("evidence-body");
const sources = panelBody ? new LessonSources(work, { onOpen: (chip) => (claim = chip.closest("[data-claim]")) }) : null;
const saves = new Map();
let claim = null;

prepare(work);
saveEarlyWords();
showFirst();
followDrafting();
followOutline();

// Words

work.addEventListener("input", (event) => {
  const form = savingFormOf(event.target);
  if (event.target instanceof HTMLTextAreaElement) fit(event.target);
  if (form) saveSoon(form);
});
work.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-saves]");
  if (!form) return;
  event.preventDefault();
  saveNow(form.closest(".part").dataset.part);
});
work.addEventListener("focusout", (event) => {
  const form = savingFormOf(event.target);
  if (form && saves.get(form.closest(".part").dataset.part)?.timer) saveNow(form.closest(".part").dataset.part);
});
work.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (!event.target.matches(".claim__text, .part__heading")) return;
  // A sentence is one line; Enter goes on to the next.
  event.preventDefault();
  const lines = [...event.target.closest(".part").querySelectorAll(".part__heading, .claim__text")];
  lines[lines.indexOf(event.target) + 1]?.focus();
});
work.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theirs]")) return;
  event.preventDefault();
  saves.delete(event.target.closest(".part").dataset.part);
  location.reload();
});
addEventListener("beforeunload", (event) => {
  if ([...saves.values()].some((save) => save.timer || save.sending || save.failed)) event.preventDefault();
});

// Also of the heading, which stands above its form.
function savingFormOf(field) {
  return field.form?.matches("[data-saves]") ? field.form : null;
}

// What somebody wrote before this script was there.
function saveEarlyWords() {
  for (const form of work.querySelectorAll("[data-saves]")) {
    const fields = [...form.elements].filter((field) => field.matches("textarea, input:not([type=hidden])"));
    const isOther = (field) =>
      field.type === "radio" || field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
    if (fields.some(isOther)) saveSoon(form);
  }
}

function saveSoon(form) {
  const id = form.closest(".part").dataset.part;
  const save = saves.get(id) ?? {};
  saves.set(id, save);
  clearTimeout(save.timer);
  save.timer = setTimeout(() => saveNow(id), PAUSE_MS);
  say(id, "Changed");
}

async function saveNow(id) {
  const save = saves.get(id) ?? {};
  saves.set(id, save);
  clearTimeout(save.timer);
  save.timer = null;
  if (save.sending) {
    save.again = true;
    return;
  }
  const part = partOf(id);
  if (!part) return;
  save.sending = true;
  save.failed = false;
  save.again = false;
  say(id, "Saving…");
  const form = part.querySelector("[data-saves]");
  const sent = new URLSearchParams(new FormData(form));
  sent.set("fragment", "true");
  const said = wordsOf(form);
  try {
    const response = await fetch(form.action, { method: "POST", headers: { ...formToken, Accept: "application/json" }, body: sent });
    save.sending = false;
    if (response.ok) {
      await taken(id, response, said);
      if (save.again) saveNow(id);
      else if (!save.timer) saves.delete(id);
    } else if (response.status === 412) {
      await refused(id, response);
    } else {
      save.failed = true;
      say(id, `Not saved. ${(await response.json()).detail}`, true);
    }
  } catch (error) {
    save.sending = false;
    if (!(error instanceof TypeError)) throw error;
    save.failed = true;
    say(id, "Not saved: the server cannot be reached. It is tried again.", true);
    save.timer = setTimeout(() => saveNow(id), AGAIN_MS);
  }
}

// What has been written since it was sent stays; everything around the words is as the server has it now.
async function taken(id, response, said) {
  const page = parsed(await response.text());
  const fresh = page.querySelector(".part");
  const part = partOf(id);
  renew(page);
  if (!fresh || !part) return;
  const form = part.querySelector("[data-saves]");
  const same = linesOf(part).length === linesOf(fresh).length && wordsOf(form) === said;
  const stillWriting = wordsOf(form) !== said;
  if (same && linesOf(part).join() === linesOf(fresh).join()) {
    adopt(part, fresh);
  } else if (stillWriting) {
    adopt(part, fresh);
  } else {
    replacePart(part, fresh);
  }
  say(id, "Saved");
}

function adopt(part, fresh) {
  part.dataset.revision = fresh.dataset.revision;
  for (const field of part.querySelectorAll("[data-seen]")) field.value = fresh.dataset.revision;
  for (const row of fresh.querySelectorAll("[data-claim]")) {
    const own = part.querySelector(`[data-claim="${CSS.escape(row.dataset.claim)}"]`);
    if (!own) continue;
    const wasOpen = own.classList.contains("is-open");
    own.className = row.className;
    own.classList.toggle("is-open", wasOpen);
    const proof = row.querySelector("[data-proof]");
    if (proof) own.querySelector("[data-proof]")?.replaceWith(proof.cloneNode(true));
  }
  // A line that was new has a name now; naming it keeps it from being added twice.
  const names = linesOf(fresh);
  const inputs = [...part.querySelectorAll('input[name="claim"]')];
  const texts = [...part.querySelectorAll('textarea[name="text"]')];
  inputs.forEach((input, at) => {
    if (input.value.startsWith("+") && texts[at]?.value.trim() && names[at] && !names[at].startsWith("+")) {
      input.value = names[at];
      input.closest("[data-claim]").dataset.claim = names[at];
    }
  });
  part.querySelector(".conflict")?.remove();
  const problems = fresh.querySelector(".part__problems");
  part.querySelector(".part__problems")?.remove();
  if (problems) part.querySelector(".part__form").after(document.adoptNode(problems));
}

function replacePart(part, fresh) {
  const lines = [...part.querySelectorAll("textarea, input:not([type=hidden])")];
  const at = lines.indexOf(document.activeElement);
  const selection = at >= 0 && document.activeElement.selectionStart;
  const made = document.adoptNode(fresh);
  part.replaceWith(made);
  prepare(made);
  if (at < 0) return made;
  const now = [...made.querySelectorAll("textarea, input:not([type=hidden])")][at];
  now?.focus({ preventScroll: true });
  if (selection !== false && now?.setSelectionRange && now.type !== "radio" && now.type !== "checkbox") now.setSelectionRange(selection, selection);
  return made;
}

async function refused(id, response) {
  const page = parsed(await response.text());
  const fresh = page.querySelector(".part");
  const part = partOf(id);
  const save = saves.get(id);
  save.failed = true;
  if (!fresh || !part) return;
  const made = replacePart(part, fresh);
  say(id, "Not saved: changed by somebody else", true);
  made?.querySelector(".conflict")?.scrollIntoView({ block: "nearest" });
}

function say(id, text, isBad = false) {
  for (const place of [partOf(id)?.querySelector("[data-part-state]"), document.getElementById("saved")]) {
    if (!place) continue;
    place.textContent = text;
    place.dataset.tone = isBad ? "bad" : "";
  }
}

function partOf(id) {
  return document.getElementById(`part-${id}`);
}

function linesOf(part) {
  return [...part.querySelectorAll('input[name="claim"]')].map((input) => input.value);
}

function wordsOf(form) {
  const data = new FormData(form);
  data.delete("seen");
  data.delete("form_token");
  return JSON.stringify([...data].filter(([name]) => name !== "claim"));
}

function parsed(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

// The title's line and the outline have no words that somebody could be writing.
function renew(page) {
  for (const id of ["course-bar", "outline"]) {
    const fresh = page.getElementById(id);
    const own = document.getElementById(id);
    if (fresh && own && !own.contains(document.activeElement)) own.replaceWith(document.adoptNode(fresh));
  }
}

function prepare(root) {
  for (const field of root.querySelectorAll("textarea")) fit(field);
}

function fit(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

// Evidence

work.addEventListener("focusin", (event) => {
  const row = event.target.closest(".claim[data-claim], tr[data-claim]");
  if (!sources?.panel.isBeside || !row || row === claim || !event.target.matches("textarea")) return;
  lookAt(row);
});
work.addEventListener("click", (event) => {
  const link = event.target.closest("[data-bind]");
  if (!link || !sources || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  bind(link.closest("[data-claim]"), link);
});
panelBody?.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-binds]");
  if (!form) return;
  event.preventDefault();
  const sent = new URLSearchParams(new FormData(form, event.submitter));
  await sendBinding(form.action, sent);
});

function lookAt(row) {
  claim = row;
  const chip = row.querySelector(".chip[data-source]");
  if (chip) sources.show(chip);
  else if (row.querySelector("[data-bind]")) bind(row, null);
}

function bind(row, origin) {
  claim = row;
  sources.point(null);
  row.classList.add("is-open");
  const link = row.querySelector("[data-bind]");
  sources.panel.open(link.href, { title: "Evidence", origin: origin ?? link });
}

// What the panel shows may still be about the sentence that was looked at before: the address says which.
async function sendBinding(action, sent) {
  const [, id, claimId] = /\/parts\/([^/]+)\/claims\/([^/]+)\//.exec(action).map(decodeURIComponent);
  if (saves.get(id)) await settled(id);
  // Saving may have made another revision since the panel was opened.
  sent.set("seen", partOf(id).dataset.revision);
  sent.set("fragment", "true");
  const response = await fetch(action, { method: "POST", headers: { ...formToken, Accept: "application/json" }, body: sent }).catch(() => null);
  if (!response?.ok) {
    toast(response ? (await response.json()).detail : "The server cannot be reached. Is it still running?");
    return;
  }
  const page = parsed(await response.text());
  renew(page);
  const made = replacePart(partOf(id), page.querySelector(".part"));
  say(id, "Saved");
  const row = made.querySelector(`[data-claim="${CSS.escape(claimId)}"]`);
  if (row) lookAt(row);
}

async function settled(id) {
  await saveNow(id);
  while (saves.get(id)?.sending) await new Promise((resolve) => setTimeout(resolve, 50));
}

// Words selected in the shown document become evidence of the sentence that is looked at.
const offer = document.createElement("button");
offer.type = "button";
offer.className = "button button--primary button--small bind-selection";
offer.textContent = "Bind these words";
offer.hidden = true;
if (panelBody) {
  document.body.append(offer);
  document.addEventListener("selectionchange", offerSelection);
  offer.addEventListener("mousedown", (event) => event.preventDefault());
  offer.addEventListener("click", () => {
    const found = selected();
    offer.hidden = true;
    if (!found || !claim?.isConnected) return;
    const link = claim.querySelector("[data-bind]");
    const sent = new URLSearchParams({ source: found.source, quote: found.words });
    getSelection().removeAllRanges();
    sendBinding(`${link.href}/bind`, sent);
  });
}

function offerSelection() {
  const found = selected();
  offer.hidden = !found || !claim?.isConnected || !claim.querySelector("[data-bind]");
  if (offer.hidden) return;
  const at = getSelection().getRangeAt(0).getBoundingClientRect();
  offer.style.left = `${Math.min(at.left, innerWidth - 160) + scrollX}px`;
  offer.style.top = `${at.bottom + 6 + scrollY}px`;
}

function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed || !panelBody.contains(selection.anchorNode)) return null;
  const open = panelBody.querySelector(".panel__open, [data-version]");
  const numbers = /\/documents\/(\d+)\/versions\/(\d+)/.exec(open?.getAttribute("href") ?? "");
  const words = selection.toString().trim();
  return numbers && words.length > 2 ? { source: `${numbers[1]}-${numbers[2]}`, words } : null;
}

function showFirst() {
  if (!sources) return;
  const wanted = location.hash.startsWith("#part-") ? document.getElementById(location.hash.slice(1)) : null;
  const row = (wanted ?? work).querySelector(".claim--unbound[data-claim], tr.claim--unbound") ?? null;
  const chip = (wanted ?? work).querySelector(".chip[data-source]");
  if (!sources.panel.isBeside) return;
  if (chip) sources.show(chip);
  else if (row) bind(row, null);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector(".fold.part__menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else {
    sources?.panel.close();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".part__menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// Drafting

async function followDrafting() {
  const live = document.getElementById("drafting");
  if (!live?.dataset.job) return;
  let before = "";
  for (;;) {
    try {
      const response = await fetch(`/api/jobs/${live.dataset.job}/events`, { headers: { Accept: "text/event-stream" } });
      if (!response.ok) return;
      for await (const { name, data } of eventsOf(response)) {
        if (name !== "job") return;
        const now = `${data.state} ${data.done} ${data.total} ${data.step}`;
        if (now !== before) lookAgain();
        before = now;
        if (["done", "failed", "cancelled"].includes(data.state)) return lookAgain();
      }
    } catch {
      // The server restarts or the network broke off: the page still says what was so last.
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

let due = null;

// Not more often than one can look, and never under somebody's fingers.
function lookAgain() {
  due ??= setTimeout(async () => {
    due = null;
    const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) return;
    const page = parsed(await response.text());
    renew(page);
    const fresh = page.getElementById("drafting");
    if (fresh) document.getElementById("drafting")?.replaceWith(document.adoptNode(fresh));
    const lesson = document.querySelector("#lesson[data-planned]");
    const outline = document.querySelector(".outline-step");
    const made = page.getElementById("lesson") ?? page.querySelector(".outline-step");
    const own = lesson ?? (document.querySelector("#plan") ? null : outline);
    if (made?.id === "lesson" && !panelBody && !isOutlineTouched()) {
      // The first lesson comes with its evidence beside it, which the outline had no place for.
      location.reload();
    } else if (own && made && !own.contains(document.activeElement)) {
      own.replaceWith(document.adoptNode(made));
      prepare(work);
      followOutline();
      showFirst();
    } else if (document.querySelector("#plan") && !document.querySelector("#outline-form [name=then][value=draft]") && fresh?.hidden) {
      location.reload();
    }
  }, CALM_MS);
}

function isOutlineTouched() {
  const form = document.getElementById("outline-form");
  const fields = form ? [...form.elements].filter((field) => field.matches("input:not([type=hidden], [type=checkbox])")) : [];
  return form?.contains(document.activeElement) || fields.some((field) => field.value !== field.defaultValue);
}

// The outline: lessons are moved by their buttons, numbers follow.

function followOutline() {
  const plan = document.getElementById("plan");
  plan?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("[data-plan]");
    const other = Number(button.dataset.move) < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (Number(button.dataset.move) < 0) other.before(row);
    else other.after(row);
    [...plan.children].forEach((each, at) => { each.querySelector(".plan__number").value = at + 1; });
    button.focus();
    row.scrollIntoView({ block: "nearest" });
  });
}
