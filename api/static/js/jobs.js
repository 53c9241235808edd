// The jobs page: progress as it happens. What changes more than numbers is taken anew from the server.

import { eventsOf } from "./events.js";
import { slot } from "./fill.js";

const CALM_MS = 1000;
const AGAIN_MS = 3000;

const live = document.querySelector("#jobs[data-live]");

if (live) follow(live.dataset.one ? `/api/jobs/${live.dataset.one}/events` : "/api/jobs/events?limit=25");

async function follow(address) {
  for (;;) {
    try {
      const response = await fetch(address, { headers: { Accept: "text/event-stream" } });
      if (!response.ok) return;
      for await (const { name, data } of eventsOf(response)) {
        if (name !== "job") return;
        show(data);
      }
      if (document.getElementById("jobs").dataset.one) return;
    } catch {
      // The server restarts or the network broke off: the page still says what was so last.
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

const seen = new Map();
const opened = performance.now();

function show(job) {
  const card = document.querySelector(`[data-job="${job.job_id}"]`);
  const version = `${job.state} ${job.cancel_requested} ${job.attempt} ${job.reason ?? ""}`;
  const before = seen.get(job.job_id);
  seen.set(job.job_id, version);
  // A job that this page does not list is worth a look when it is new or has changed, not with every number.
  const shown = card?.dataset.version ?? before ?? (performance.now() - opened < CALM_MS ? version : "");
  if (shown !== version) renew();
  if (!card || card.dataset.version !== version) return;
  const step = slot(card, "step");
  step.textContent = job.step;
  step.hidden = !job.step;
  const bar = slot(card, "bar");
  if (!bar) return;
  slot(card, "counted").textContent = job.total > 1 ? `${number(job.done)} of ${number(job.total)} ${job.unit}` : "";
  slot(card, "estimate").textContent = job.estimate;
  if (job.total > 1) {
    bar.max = job.total;
    bar.value = job.done;
  } else {
    bar.removeAttribute("value");
  }
}

function number(value) {
  return value.toLocaleString("en");
}

let due = null;

// Many jobs may change at once; the page is fetched at most once a second, and never under somebody's fingers.
function renew() {
  due ??= setTimeout(async () => {
    due = null;
    const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const focused = document.activeElement?.closest("[data-job]")?.dataset.job;
    const was = document.activeElement?.localName;
    document.getElementById("jobs").replaceWith(document.adoptNode(page.getElementById("jobs")));
    if (focused) (document.querySelector(`[data-job="${focused}"] ${was}`) ?? document.getElementById("main")).focus();
  }, CALM_MS);
}
