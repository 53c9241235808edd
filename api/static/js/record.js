// The page where experts record: microphone or screen, pause, listen, save. Every second goes to this browser's store.

import { cloned, fill } from "./fill.js";
import { formToken } from "./form_token.js";
import { KeptRecordings } from "./recordings_kept.js";
import { Refused, send } from "./sending.js";

const TYPES = {
  microphone: ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"],
  screen: ["video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/webm", "video/mp4"],
};
const PIECE_MS = 1000;

const main = document.getElementById("main");
const element = (id) => document.getElementById(id);
const user = main.dataset.user;
const maxBytes = Number(main.dataset.maxBytes);

let kept = null;
let recorder = null;
let current = null;
let meter = null;
let sending = null;

async function begin() {
  element("screen-choice").hidden = !navigator.mediaDevices?.getDisplayMedia;
  if (!navigator.mediaDevices || typeof MediaRecorder === "undefined") {
    refuse("This browser cannot record here. Record with any program and add the file in the library.");
    element("record").disabled = true;
    return;
  }
  try {
    kept = await KeptRecordings.open();
  } catch (error) {
    refuse("This browser does not let the page keep recordings (a private window?). Open it in an ordinary window.");
    element("record").disabled = true;
    return;
  }
  await showKept();
}

element("record").addEventListener("click", start);
element("pause").addEventListener("click", () => recorder.pause());
element("resume").addEventListener("click", () => recorder.resume());
element("stop").addEventListener("click", () => recorder.stop());
element("again").addEventListener("click", () => {
  element("saved").hidden = true;
  show("ready");
  element("record").focus();
});
element("save").addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
element("discard").addEventListener("click", () => element("discard-dialog").showModal());
element("discard-dialog").addEventListener("close", (event) => {
  if (event.target.returnValue === "discard") discard();
});
addEventListener("beforeunload", (event) => {
  if (recorder && recorder.state !== "inactive") event.preventDefault();
});

async function start() {
  refuse("");
  element("saved").hidden = true;
  const source = document.querySelector('input[name="source"]:checked').value;
  let stream;
  try {
    stream = await streamOf(source);
  } catch (error) {
    refuse(reasonOf(error));
    return;
  }
  await navigator.storage?.persist?.();
  const type = TYPES[source].find((name) => MediaRecorder.isTypeSupported(name));
  recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
  current = {
    id: crypto.randomUUID(),
    user,
    startedAt: Date.now(),
    seconds: 0,
    bytes: 0,
    type: recorder.mimeType,
    title: "",
    audience: "",
    uploadId: null,
    saving: false,
  };
  listen(stream);
  await run(recorder, stream);
}

async function streamOf(source) {
  const voice = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
  if (source === "microphone") return voice;
  try {
    const screen = await navigator.mediaDevices.getDisplayMedia({ video: true });
    return new MediaStream([...screen.getVideoTracks(), ...voice.getAudioTracks()]);
  } catch (error) {
    for (const track of voice.getTracks()) track.stop();
    throw error;
  }
}

function run(running, stream) {
  let number = 0;
  let spoken = 0;
  let since = null;
  let keeping = Promise.resolve();
  const clock = setInterval(() => (element("time").textContent = clockTime(seconds())), 200);
  const seconds = () => spoken + (since === null ? 0 : (performance.now() - since) / 1000);
  const hold = () => {
    spoken = seconds();
    since = null;
  };

  running.addEventListener("start", () => {
    since = performance.now();
    show("recording");
  });
  running.addEventListener("pause", () => {
    hold();
    show("paused");
  });
  running.addEventListener("resume", () => {
    since = performance.now();
    show("recording");
  });
  running.addEventListener("dataavailable", (event) => {
    if (!event.data.size) return;
    const at = number++;
    current.seconds = seconds();
    current.bytes += event.data.size;
    const state = { ...current };
    keeping = keeping.then(() => kept.addPiece(state, at, event.data)).catch((error) => {
      refuse("This device has no room left for the recording. What was recorded until now is kept.");
      if (running.state !== "inactive") running.stop();
    });
    if (current.bytes > 0.98 * maxBytes && running.state !== "inactive") {
      refuse("The recording has reached the size that the server accepts, and was finished.");
      running.stop();
    }
  });
  running.addEventListener("stop", async () => {
    hold();
    clearInterval(clock);
    meter?.close();
    meter = null;
    for (const track of stream.getTracks()) track.stop();
    await keeping;
    element("level").value = 0;
    await review(current);
  });
  // The microphone was pulled out, or sharing the screen was ended in the browser's own bar.
  for (const track of stream.getTracks()) {
    track.addEventListener("ended", () => running.state !== "inactive" && running.stop());
  }
  running.start(PIECE_MS);
}

function listen(stream) {
  meter = new AudioContext();
  const ears = meter.createAnalyser();
  meter.createMediaStreamSource(stream).connect(ears);
  const samples = new Float32Array(ears.fftSize);
  const own = meter;
  const look = () => {
    if (meter !== own) return;
    ears.getFloatTimeDomainData(samples);
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    element("level").value = Math.min(Math.sqrt(loudest), 1);
    setTimeout(look, 100);
  };
  look();
}

async function review(recording) {
  current = recording;
  const blob = await kept.blobOf(recording);
  const player = document.createElement(recording.type.startsWith("video") ? "video" : "audio");
  player.className = "player";
  player.controls = true;
  player.setAttribute("aria-label", "What was recorded");
  player.src = URL.createObjectURL(blob);
  // Browsers write no length into what they record; asking for the end makes them find it.
  player.addEventListener("loadedmetadata", () => {
    if (player.duration !== Infinity) return;
    player.addEventListener("durationchange", () => (player.currentTime = 0), { once: true });
    player.currentTime = Number.MAX_SAFE_INTEGER;
  }, { once: true });
  const place = element("review-player");
  const before = place.querySelector(".player");
  if (before) URL.revokeObjectURL(before.src);
  place.replaceChildren(player);
  element("title").value = recording.title;
  if (recording.audience) element("audience").value = recording.audience;
  element("save-problem").textContent = "";
  element("sending").hidden = true;
  show("review");
  await showKept();
  element("title").focus();
}

async function save() {
  const recording = current;
  recording.title = element("title").value.trim();
  if (!recording.title) return;
  const audience = element("audience").value;
  // An upload that was begun for other people is not theirs any more.
  if (recording.audience && recording.audience !== audience) recording.uploadId = null;
  recording.audience = audience;
  recording.saving = true;
  await kept.put({ ...recording });
  // Another tab may be at it; two would only get in each other's way.
  await navigator.locks.request(`groundwork-recording-${recording.id}`, { ifAvailable: true }, async (lock) => {
    if (!lock) element("save-problem").textContent = "Another tab is saving this recording.";
    else await sendNow(recording);
  });
}

async function sendNow(recording) {
  const blob = await kept.blobOf(recording);
  sending = new AbortController();
  element("save-problem").textContent = "";
  element("sending").hidden = false;
  element("save-button").disabled = true;
  try {
    const report = await send(blob, {
      title: recording.title,
      type: recording.type,
      audience: recording.audience,
      uploadId: recording.uploadId,
      signal: sending.signal,
      report: (share, text) => {
        if (share !== null) element("sent").value = 100 * share;
        element("sending-state").textContent = text;
      },
      remember: (id) => {
        recording.uploadId = id;
        return kept.put({ ...recording });
      },
    });
    if (report.document_id === null) throw new Refused(report.reason);
    await kept.remove(recording.id);
    finished(report.document_id);
  } catch (error) {
    if (sending.signal.aborted) return;
    recording.saving = false;
    await kept.put({ ...recording });
    if (!(error instanceof Refused)) throw error;
    element("save-problem").textContent = error.message;
  } finally {
    element("sending").hidden = true;
    element("save-button").disabled = false;
    sending = null;
  }
}

async function finished(documentId) {
  current = null;
  element("saved-open").href = `/documents/${documentId}`;
  element("saved").hidden = false;
  show("ready");
  element("time").textContent = clockTime(0);
  await showKept();
  element("saved").focus();
}

async function discard() {
  sending?.abort();
  const { id, uploadId } = current;
  await kept.remove(id);
  if (uploadId) await fetch(`/api/uploads/${uploadId}`, { method: "DELETE", headers: formToken }).catch(() => null);
  current = null;
  show("ready");
  element("time").textContent = clockTime(0);
  await showKept();
}

// What an earlier visit has left. What was being saved then is saved now.
async function showKept() {
  const recording = recorder?.state === "recording" || recorder?.state === "paused";
  const others = (await kept.list(user)).filter((each) => each.bytes && each.id !== current?.id);
  element("kept").hidden = !others.length;
  element("kept-list").replaceChildren(...others.map((each) => {
    const item = fill(cloned("kept-template"), {
      name: each.title || "Recording without a name",
      when: `${clockTime(each.seconds)} · ${new Date(each.startedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}`,
    });
    item.querySelector("[data-open]").disabled = recording;
    item.querySelector("[data-open]").addEventListener("click", () => review(each));
    return item;
  }));
  const interrupted = others.find((each) => each.saving && each.title);
  if (interrupted && !current && !recording) {
    await review(interrupted);
    await save();
  }
}

const STATES = { ready: "Ready", recording: "Recording", paused: "Paused", review: "Finished" };

function show(state) {
  element("recorder").dataset.state = state;
  element("state").textContent = STATES[state];
  element("recorder").hidden = state === "review";
  element("review").hidden = state !== "review";
  element("record").hidden = state !== "ready";
  element("sources").hidden = state !== "ready";
  element("pause").hidden = state !== "recording";
  element("resume").hidden = state !== "paused";
  element("stop").hidden = state !== "recording" && state !== "paused";
  const next = { recording: "pause", paused: "resume" }[state];
  if (next) element(next).focus();
}

function refuse(text) {
  element("recorder-problem").textContent = text;
}

function reasonOf(error) {
  if (error.name === "NotAllowedError") return "The browser was not allowed to record. Allow it beside the address, and try again.";
  if (error.name === "NotFoundError") return "No microphone was found. Plug one in and try again.";
  if (error.name === "NotReadableError") return "Another program is using the microphone. Close it and try again.";
  throw error;
}

function clockTime(seconds) {
  const whole = Math.floor(seconds);
  const pair = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return `${hours ? `${hours}:` : ""}${pair(Math.floor(whole / 60) % 60)}:${pair(whole % 60)}`;
}

await begin();
