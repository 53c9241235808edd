// A glimpse of the quoted words beside a citation's number, on hover and on focus.

import { fill } from "./fill.js";

const WAIT_MS = 120;
const GAP = 8;

export class Preview {
  #card = document.getElementById("preview");
  #find;
  #timer = null;
  #shownFor = null;

  // `find` gives the citation of a chip.
  constructor(root, find) {
    this.#find = find;
    root.addEventListener("pointerover", (event) => this.#later(event.target.closest(".chip"), event.pointerType));
    root.addEventListener("pointerout", () => this.#leave());
    root.addEventListener("focusin", (event) => {
      const chip = event.target.closest(".chip");
      if (chip?.matches(":focus-visible")) this.#show(chip);
    });
    root.addEventListener("focusout", () => this.hide());
    this.#card.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    this.#card.addEventListener("pointerleave", () => this.#leave());
  }

  get isShown() {
    return !this.#card.hidden;
  }

  hide() {
    clearTimeout(this.#timer);
    this.#card.hidden = true;
    this.#shownFor?.removeAttribute("aria-describedby");
    this.#shownFor = null;
  }

  #later(chip, pointer) {
    if (!chip || pointer === "touch") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(chip), WAIT_MS);
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), WAIT_MS);
  }

  #show(chip) {
    clearTimeout(this.#timer);
    const citation = this.#find(chip);
    if (!citation) return;
    if (this.#shownFor !== chip) this.hide();
    fill(this.#card, { title: citation.title, place: citation.place, quote: citation.quote });
    this.#card.hidden = false;
    chip.setAttribute("aria-describedby", this.#card.id);
    this.#shownFor = chip;
    const at = chip.getBoundingClientRect();
    const size = this.#card.getBoundingClientRect();
    const below = at.bottom + GAP + size.height <= innerHeight || at.top < size.height + GAP;
    const left = Math.min(Math.max(at.left - 16, 16), document.documentElement.clientWidth - size.width - 16);
    this.#card.style.left = `${left + scrollX}px`;
    this.#card.style.top = `${(below ? at.bottom + GAP : at.top - GAP - size.height) + scrollY}px`;
  }
}
