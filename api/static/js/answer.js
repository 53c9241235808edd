// An answer on the page: sentences that grow downwards, numbered citations, and what stands below them.

import { cloned, clonedAll, fill, slot } from "./fill.js";

export class Answer {
  #root = document.getElementById("answer");
  #state = document.getElementById("answer-state");
  #sentences = document.getElementById("sentences");
  #waiting = document.getElementById("waiting");
  #foot = document.getElementById("answer-foot");
  #numbers = new Map();
  sources = [];

  // Takes over what the server has rendered.
  adopt() {
    for (const item of this.#root.querySelectorAll("[data-source-item]")) {
      this.sources.push({
        number: Number(item.dataset.sourceItem),
        link: slot(item, "title").getAttribute("href"),
        title: slot(item, "title").textContent,
        place: slot(item, "place").textContent,
        quote: slot(item, "quote").textContent,
        file: slot(item, "file").textContent,
        due: !slot(item, "due").hidden,
      });
    }
  }

  get isShown() {
    return !this.#root.hidden;
  }

  get text() {
    const said = [...this.#sentences.querySelectorAll(".sentence")].map((item) => {
      const numbers = [...item.querySelectorAll(".chip")].map((chip) => `[${chip.dataset.source}]`).join("");
      return `${slot(item, "text").textContent.trim()} ${numbers}`;
    });
    const listed = this.sources.map(({ number, title, file, place, link }) =>
      `[${number}] ${title} (${file})${place ? `, ${place}` : ""}\n    ${new URL(link, location.href).href}`);
    return `${said.join("\n")}\n\nSources\n${listed.join("\n")}\n`;
  }

  begin() {
    this.#numbers.clear();
    this.sources = [];
    this.#sentences.replaceChildren();
    this.#foot.replaceChildren();
    this.#state.textContent = "Reading the documents…";
    this.#waiting.hidden = false;
    delete this.#root.dataset.status;
    this.#root.hidden = false;
  }

  add(sentence) {
    const item = cloned("sentence-template");
    slot(item, "text").replaceChildren(...said(sentence.text));
    const chips = slot(item, "chips");
    for (const citation of sentence.citations) chips.append(this.#chip(this.#source(citation)));
    this.#sentences.append(item);
    this.#state.textContent = "Checking each sentence against its source…";
  }

  finish(answer) {
    this.#waiting.hidden = true;
    if (!this.#isShown(answer.sentences)) {
      this.#numbers.clear();
      this.sources = [];
      this.#sentences.replaceChildren();
      for (const sentence of answer.sentences) this.add(sentence);
    }
    this.#foot.replaceChildren(this.#footOf(answer));
    this.#root.dataset.status = answer.status;
    this.#state.textContent = this.#stateOf(answer.status);
  }

  fail(detail) {
    this.#waiting.hidden = true;
    if (!this.#sentences.childElementCount) {
      this.#root.hidden = true;
      this.#state.textContent = "";
      return false;
    }
    this.#foot.replaceChildren(fill(cloned("problem-template"), { detail }));
    this.#state.textContent = "Incomplete.";
    return true;
  }

  stop() {
    this.#waiting.hidden = true;
    this.#state.textContent = this.#sentences.childElementCount ? "Stopped. What is shown has been checked." : "Stopped.";
  }

  // Shows which source is open beside the answer; none with null.
  point(number) {
    for (const chip of this.#root.querySelectorAll(".chip")) {
      if (Number(chip.dataset.source) === number) chip.setAttribute("aria-current", "true");
      else chip.removeAttribute("aria-current");
    }
    for (const item of this.#sentences.children) {
      item.classList.toggle("is-open", item.querySelector('.chip[aria-current="true"]') !== null);
    }
    for (const item of this.#root.querySelectorAll("[data-source-item]")) {
      item.classList.toggle("is-open", Number(item.dataset.sourceItem) === number);
    }
  }

  chipOf(number) {
    return this.#sentences.querySelector(`.chip[data-source="${number}"]`);
  }

  #source(citation) {
    const key = JSON.stringify([citation.chunk_id, citation.link, citation.quote]);
    if (!this.#numbers.has(key)) {
      this.sources.push({
        number: this.sources.length + 1,
        document: citation.document_id,
        link: `${citation.link}#mark-1`,
        title: citation.title,
        place: placeOf(citation),
        quote: citation.quote,
        file: citation.document_name,
        due: citation.review_due_at !== null && Date.parse(citation.review_due_at) < Date.now(),
      });
      this.#numbers.set(key, this.sources.length);
    }
    return this.sources[this.#numbers.get(key) - 1];
  }

  #chip({ number, link, title, place }) {
    const chip = cloned("chip-template");
    chip.href = link;
    chip.dataset.source = number;
    chip.textContent = number;
    chip.setAttribute("aria-label", `Source ${number}: ${title}${place ? `, ${place}` : ""}`);
    return chip;
  }

  #isShown(sentences) {
    const shown = [...this.#sentences.querySelectorAll('[data-slot="text"]')].map((item) => item.textContent);
    return shown.length === sentences.length && sentences.every((sentence, at) => sentence.text === shown[at]);
  }

  #footOf(answer) {
    const foot = clonedAll(`foot-${answer.status}-template`);
    if (answer.notice) {
      foot.querySelector('[data-part="notice"]').hidden = false;
      slot(foot, "notice").textContent = answer.notice;
    }
    if (answer.sentences.length) {
      const made = foot.querySelector('[data-part="made"]');
      made.hidden = false;
      const extractive = answer.composer === "extractive";
      made.querySelector('[data-made="extractive"]').hidden = !extractive;
      made.querySelector('[data-made="model"]').hidden = extractive;
      slot(made, "composer").textContent = answer.composer;
      foot.querySelector('[data-part="sources"]').hidden = false;
      foot.querySelector('[data-list="sources"]').append(...this.sources.map((source) => this.#listed(source)));
    }
    if (answer.related.length) {
      foot.querySelector('[data-part="related"]').hidden = false;
      foot.querySelector('[data-list="related"]').append(...answer.related.map(related));
    }
    return foot;
  }

  #listed({ number, link, title, place, quote, file, due }) {
    const item = fill(cloned("source-template"), { number, title, place, quote, file });
    slot(item, "due").hidden = !due;
    item.dataset.sourceItem = number;
    slot(item, "title").href = link;
    slot(item, "title").dataset.source = number;
    return item;
  }

  #stateOf(status) {
    const places = this.sources.length;
    const documents = new Set(this.sources.map((source) => source.document)).size;
    const told = documents === 1 ? "one document" : `${documents} documents`;
    const from = places === documents ? told : `${places} places in ${told}`;
    return {
      answered: `Answered from ${from}.`,
      partial: `The documents answer a part of this, from ${from}.`,
      clarify: "Your question can be understood in several ways.",
      not_found: "The documents do not answer this.",
    }[status];
  }
}

// A heading path without the title, which stands above it.
function placeOf({ title, locator }) {
  return locator.kind === "heading" ? locator.path.filter((heading) => heading !== title).join(" › ") : locator.label;
}

// A row of a table, `Column: value | Column: value`, is laid out line by line. Not a character is added or lost.
function said(text) {
  const parts = text.split(" | ");
  const named = parts.filter((part) => part.includes(": ")).length;
  if (parts.length < 2 || named * 2 < parts.length || text.includes("\n")) return [text];
  return [spanned("pairs", ...parts.flatMap((part, at) => (at ? [spanned("pair-mark", " | "), pair(part)] : [pair(part)])))];
}

function pair(part) {
  const colon = part.indexOf(": ");
  if (colon <= 0) return spanned("pair", spanned("pair__value", part));
  return spanned("pair", spanned("pair__name", part.slice(0, colon + 2)), spanned("pair__value", part.slice(colon + 2)));
}

function spanned(name, ...held) {
  const made = document.createElement("span");
  made.className = name;
  made.append(...held);
  return made;
}

function related(passage) {
  const item = fill(cloned("related-template"), {
    title: passage.title,
    place: passage.headings.filter((heading) => heading !== passage.title).join(" › "),
    file: passage.document_name,
    text: passage.text,
  });
  slot(item, "title").href = `${passage.link}#mark-1`;
  return item;
}
