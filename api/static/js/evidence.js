// The evidence panel: shows a source at the quoted words. Beside the answer where there is room, else over the page.

import { attachPlayers } from "./player.js";

const wide = matchMedia("(min-width: 1000px)");

export class EvidencePanel {
  #panel = document.getElementById("evidence");
  #body = document.getElementById("evidence-body");
  #none = document.getElementById("evidence-none");
  #at = document.getElementById("evidence-at");
  #previous = document.getElementById("evidence-previous");
  #next = document.getElementById("evidence-next");
  #closer = document.getElementById("evidence-close");
  #loading = null;
  #origin = null;
  #onClose;

  constructor({ onStep, onClose }) {
    this.#onClose = onClose;
    this.#previous.addEventListener("click", () => onStep(-1));
    this.#next.addEventListener("click", () => onStep(1));
    this.#closer.addEventListener("click", () => this.close());
    this.#body.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-in-panel]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#load(link.href);
    });
    this.#body.addEventListener("submit", (event) => {
      const form = event.target.closest("form[data-in-panel]");
      if (!form) return;
      event.preventDefault();
      this.#load(`${form.action}?${new URLSearchParams(new FormData(form))}`);
    });
    wide.addEventListener("change", () => this.#cover());
  }

  get isOpen() {
    return this.#panel.classList.contains("is-open");
  }

  get isBeside() {
    return wide.matches;
  }

  contains(element) {
    return this.#panel.contains(element);
  }

  // `origin` gets the focus back when a panel that covers the page is closed.
  async open(link, { number, count, title, origin }) {
    this.#origin = origin ?? this.#origin;
    this.#panel.classList.add("is-open");
    this.#at.textContent = number ? `Source ${number} of ${count}` : title;
    this.#previous.disabled = !number || number <= 1;
    this.#next.disabled = !number || number >= count;
    this.#closer.disabled = false;
    this.#cover();
    if (!wide.matches && !this.#panel.contains(document.activeElement)) this.#closer.focus();
    await this.#load(link);
  }

  close() {
    if (!this.isOpen) return;
    this.#loading?.abort();
    const held = this.#panel.contains(document.activeElement);
    this.#panel.classList.remove("is-open");
    this.#cover();
    this.#body.replaceChildren(this.#none);
    this.#at.textContent = "Source";
    for (const button of [this.#previous, this.#next, this.#closer]) button.disabled = true;
    if (held && this.#origin?.isConnected) this.#origin.focus();
    this.#origin = null;
    this.#onClose();
  }

  async #load(link) {
    const address = new URL(link, location.href);
    address.searchParams.set("panel", "1");
    this.#loading?.abort();
    const loading = this.#loading = new AbortController();
    this.#body.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { signal: loading.signal, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const shown = page.querySelector(response.ok ? ".panel" : "main");
      this.#body.replaceChildren(document.adoptNode(shown));
      attachPlayers(this.#body);
      this.#scrollToMark();
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof TypeError)) throw error;
      this.#say("The source cannot be loaded. Is the server still running?");
    }
    this.#body.removeAttribute("aria-busy");
  }

  #say(text) {
    const said = document.createElement("p");
    said.className = "panel";
    said.setAttribute("role", "alert");
    said.textContent = text;
    this.#body.replaceChildren(said);
  }

  #scrollToMark() {
    const mark = this.#body.querySelector("#panel-mark-1");
    if (!mark) {
      this.#body.scrollTop = 0;
      return;
    }
    for (const part of this.#body.querySelectorAll('[data-mark="1"]')) part.classList.add("is-now");
    const seen = this.#body.getBoundingClientRect();
    const place = mark.getBoundingClientRect();
    // Pictures of pages scroll to the words; short texts show what stands before them too.
    const covered = this.#body.querySelector(".listen__player")?.offsetHeight ?? 0;
    this.#body.scrollTop += place.top - seen.top - covered - (seen.height - covered) / 3;
    const sideways = mark.closest(".scroll");
    if (sideways) {
      const frame = sideways.getBoundingClientRect();
      sideways.scrollLeft += Math.max(place.right - frame.right + 16, 0);
    }
  }

  // While the panel covers the page, nothing behind it can be reached.
  #cover() {
    const covers = this.isOpen && !wide.matches;
    for (const behind of document.querySelectorAll(".skip, .bar, .desk__work, .course-bar, .outline, .studio__work, .foot")) behind.inert = covers;
  }
}
