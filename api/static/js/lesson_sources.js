// The sources of a lesson or a course in the evidence panel: opened by a number, stepped through in reading order.

import { EvidencePanel } from "./evidence.js";

export class LessonSources {
  #root;
  #open = null;
  #onOpen;

  constructor(root, { onOpen = () => {}, onClose = () => {} } = {}) {
    this.#root = root;
    this.#onOpen = onOpen;
    this.panel = new EvidencePanel({
      onStep: (by) => this.step(by),
      onClose: () => {
        this.point(null);
        onClose();
      },
    });
    root.addEventListener("click", (event) => {
      const chip = event.target.closest(".chip[data-source]");
      if (!chip || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.show(chip);
    });
  }

  get open() {
    return this.#open;
  }

  // One chip for each claim and source, in reading order.
  chips(within = this.#root) {
    return [...within.querySelectorAll(".chip[data-source]")];
  }

  show(chip) {
    const chips = this.chips();
    this.point(chip);
    this.#onOpen(chip);
    this.panel.open(chip.href, { number: chips.indexOf(chip) + 1, count: chips.length, origin: chip });
  }

  step(by, within = this.#root) {
    const chips = this.chips(within);
    if (!chips.length) return false;
    const at = chips.indexOf(this.#open);
    const next = chips[at < 0 ? (by > 0 ? 0 : chips.length - 1) : at + by];
    if (!next) return false;
    this.show(next);
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  point(chip) {
    for (const marked of this.#root.querySelectorAll(".is-open")) marked.classList.remove("is-open");
    this.#open?.removeAttribute("aria-current");
    this.#open = chip;
    chip?.setAttribute("aria-current", "true");
    chip?.closest("[data-claim]")?.classList.add("is-open");
  }
}
