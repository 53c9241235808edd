// A recording with its transcript: times play, the words that are heard are shown, marks are jumped to.

const LEFT_ALONE_MS = 4000;

// Finds the recordings inside `root`. Called again for whatever is loaded later.
export function attachPlayers(root) {
  for (const place of root.querySelectorAll("[data-player]")) new Player(place);
}

class Player {
  #place;
  #media;
  #words;
  #cues;
  #times;
  #follow;
  #now = null;
  #scrolledAt = -Infinity;
  #isReloaded = false;

  constructor(place) {
    this.#place = place;
    this.#media = place.querySelector(".player");
    this.#words = place.querySelector("[data-words]");
    this.#cues = [...place.querySelectorAll("[data-cue]")];
    this.#times = this.#cues.map((cue) => Number(cue.dataset.cue));
    this.#follow = place.querySelector("[data-follow]");
    place.addEventListener("click", (event) => this.#onClick(event));
    place.addEventListener("player-seek", (event) => this.seek(event.detail, false));
    for (const name of ["wheel", "touchmove"]) {
      this.#words.addEventListener(name, () => (this.#scrolledAt = performance.now()), { passive: true });
    }
    this.#media.addEventListener("timeupdate", () => this.#show());
    this.#media.addEventListener("seeked", () => this.#show());
    this.#media.addEventListener("error", () => this.#fail());
    if (this.#media.error) this.#fail();
  }

  seek(seconds, play) {
    this.#media.currentTime = seconds;
    this.#scrolledAt = -Infinity;
    if (play) this.#media.play().catch(() => this.#say());
  }

  #onClick(event) {
    const target = event.target.closest("[data-seek]");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.seek(Number(target.dataset.seek), true);
  }

  #show() {
    const cue = this.#cueAt(this.#media.currentTime);
    if (cue === this.#now) return;
    this.#now?.classList.remove("is-heard");
    cue?.classList.add("is-heard");
    this.#now = cue;
    const left = performance.now() - this.#scrolledAt > LEFT_ALONE_MS;
    if (cue && this.#follow?.checked && !this.#media.paused && left) this.#reveal(cue);
  }

  // The last cue that has begun.
  #cueAt(seconds) {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle] <= seconds + 0.05) low = middle + 1;
      else high = middle;
    }
    return this.#cues[low - 1] ?? null;
  }

  // Scrolls the list of words where it has a scroll bar of its own, else the page.
  #reveal(cue) {
    const frame = this.#words;
    if (frame.scrollHeight > frame.clientHeight + 1) {
      const place = cue.getBoundingClientRect();
      const seen = frame.getBoundingClientRect();
      if (place.top < seen.top + 24 || place.bottom > seen.bottom - 48) {
        frame.scrollTop += place.top - seen.top - seen.height / 3;
      }
    } else {
      cue.scrollIntoView({ block: "nearest" });
    }
  }

  // Chromium sometimes gives up on a sound video when it goes on from its first picture; loading it anew helps.
  #fail() {
    if (this.#isReloaded || this.#media.error?.code !== MediaError.MEDIA_ERR_DECODE) {
      this.#say();
      return;
    }
    this.#isReloaded = true;
    const at = this.#media.currentTime;
    const plays = !this.#media.paused;
    this.#media.preload = "auto";
    this.#media.load();
    this.#media.currentTime = at;
    if (plays) this.#media.play().catch(() => this.#say());
  }

  #say() {
    const problem = this.#place.querySelector("[data-player-problem]");
    problem.textContent = this.#media.error?.code === MediaError.MEDIA_ERR_NETWORK
      ? "The recording cannot be loaded. Is the server still running?"
      : "This browser cannot play this kind of recording. Download the file to play it elsewhere.";
  }
}
