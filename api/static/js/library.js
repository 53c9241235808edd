// The library: uploads with progress, file by file, and the question before something is deleted.

import { eventsOf } from "./events.js";
import { cloned, fill, slot } from "./fill.js";
import { formToken } from "./form_token.js";

const form = document.getElementById("upload-form");
const files = document.getElementById("upload-file");
const drop = document.getElementById("upload-drop");
const audience = document.getElementById("upload-audience");
const problem = document.getElementById("upload-problem");
const outcomes = document.getElementById("outcomes");
const dialog = document.getElementById("delete-dialog");
const maxBytes = Number(form.dataset.maxBytes);
const maxRecordingBytes = Number(form.dataset.maxRecordingBytes);

const WORDS = {
  added: "Added",
  updated: "New version added",
  unchanged: "Already there, unchanged",
  moved: "Moved to this audience",
  duplicate: "Already there",
  attached: "Used as a transcript",
  reading: "Safe, still being read",
  failed: "Not added",
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  problem.textContent = files.files.length ? "" : "Choose at least one file.";
  upload([...files.files]);
  files.value = "";
});

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    drop.classList.add("is-over");
  });
}
drop.addEventListener("dragleave", (event) => {
  if (!drop.contains(event.relatedTarget)) drop.classList.remove("is-over");
});
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("is-over");
  upload([...event.dataTransfer.files]);
});

document.getElementById("main").addEventListener("click", (event) => {
  const link = event.target.closest("a[data-delete]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  fill(dialog, { name: link.dataset.delete, file: link.dataset.file });
  dialog.querySelector("form").action = link.href;
  dialog.showModal();
});
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());

let queue = Promise.resolve();

// One after the other: the server reads each file in full before it answers.
function upload(chosen) {
  const into = audience.value;
  const rows = chosen.map((file) => [file, announced(file)]);
  queue = rows.reduce((before, [file, row]) => before.then(() => send(file, row, into)), queue);
  if (rows.length) queue = queue.then(refresh);
}

function announced(file) {
  const row = fill(cloned("outcome-template"), { name: file.name, state: "Waiting", "open-name": ` ${file.name}` });
  row.querySelector("progress").setAttribute("aria-label", `Upload of ${file.name}`);
  outcomes.append(row);
  return row;
}

function send(file, row, into) {
  // Browsers do not know every kind of recording; the server tells them by their content.
  const limit = file.type === "" || /^(audio|video)\//.test(file.type) ? maxRecordingBytes : maxBytes;
  if (file.size > limit) {
    settle(row, { outcome: "failed", reason: `The file is larger than ${Math.round(limit / 1e6)} MB.` });
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const progress = row.querySelector("progress");
    const request = new XMLHttpRequest();
    request.open("POST", "/api/documents");
    for (const [name, value] of Object.entries({ ...formToken, Accept: "application/json" })) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      progress.value = (100 * event.loaded) / event.total;
      slot(row, "state").textContent = event.loaded < event.total ? `${Math.floor(progress.value)} %` : "Reading";
    });
    request.upload.addEventListener("load", () => {
      progress.removeAttribute("value");
      slot(row, "state").textContent = "Reading";
    });
    request.addEventListener("loadend", () => {
      if (request.status === 202) stillReading(row, JSON.parse(request.responseText));
      else settle(row, reportOf(request, file.name));
      resolve();
    });
    const body = new FormData();
    body.append("audience", into);
    body.append("file", file);
    slot(row, "state").textContent = "Sending";
    request.send(body);
  });
}

// The file is safe. The next one need not wait for it; this row says what became of it when that is known.
async function stillReading(row, job) {
  row.dataset.outcome = "reading";
  slot(row, "state").textContent = WORDS.reading;
  slot(row, "open").href = `/jobs/${job.job_id}`;
  slot(row, "open").hidden = false;
  try {
    const response = await fetch(`${job.address}/events`, { headers: { Accept: "text/event-stream" } });
    for await (const { name, data } of eventsOf(response)) if (name === "job") job = data;
    const { result, reason, state } = await (await fetch(job.address)).json();
    const [report] = result.files ?? [];
    if (report) settle(row, report);
    else if (state === "failed" || state === "cancelled") settle(row, { outcome: "failed", reason });
    await refresh();
  } catch {
    // The server restarts or the network broke off: the row says that the file is safe and links to its job.
  }
}

function reportOf(request, name) {
  if (request.status === 201) return JSON.parse(request.responseText);
  if ((request.getResponseHeader("Content-Type") ?? "").includes("json")) {
    // The row begins with the name and that it was not added.
    const reason = JSON.parse(request.responseText).detail.replace(`${name} was not added. `, "");
    return { outcome: "failed", reason };
  }
  const reason = request.status ? `The server answered with ${request.status}.` : "The connection broke off.";
  return { outcome: "failed", reason };
}

function settle(row, report) {
  row.dataset.outcome = report.outcome;
  row.querySelector("progress").hidden = true;
  const count = report.chunk_count;
  const passages = count ? ` · ${count.toLocaleString("en")} ${count === 1 ? "passage" : "passages"}` : "";
  slot(row, "state").textContent = WORDS[report.outcome] + passages;
  if (report.reason) {
    slot(row, "reason").textContent = report.reason;
    slot(row, "reason").hidden = false;
  }
  if (report.document_id) {
    slot(row, "open").href = `/documents/${report.document_id}`;
    slot(row, "open").hidden = false;
  }
}

async function refresh() {
  const response = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  document.getElementById("documents").replaceWith(document.adoptNode(page.getElementById("documents")));
}
