// Sends a recording in pieces. Whatever breaks, it goes on from the byte that the server has.

import { formToken } from "./form_token.js";

const PIECE_BYTES = 1 << 20;
const LONGEST_WAIT_MS = 15_000;

export class Refused extends Error {}

// `report(share, text)` hears how far it is; `remember(uploadId)` keeps what a later page needs to go on.
export async function send(blob, { title, type, audience, uploadId, report, remember, signal }) {
  let id = uploadId;
  let failures = 0;
  for (;;) {
    try {
      await sendAll();
      return await ask("POST", `/api/uploads/${id}/complete`, { size: blob.size });
    } catch (error) {
      if (signal.aborted || error instanceof Refused) throw error;
      if (!(error instanceof TypeError || error instanceof Later)) throw error;
      failures += 1;
      report(null, "The server cannot be reached. The recording is kept here and sent when it can be reached again.");
      await pause(Math.min(500 * 2 ** failures, LONGEST_WAIT_MS), signal);
    }
  }

  async function sendAll() {
    let state = id ? await stateOf(id) : null;
    if (!state) {
      state = await ask("POST", "/api/uploads", { title, media_type: type, audience });
      id = state.upload_id;
      await remember(id);
    }
    while (state.document_id === null && state.offset < blob.size) {
      report(state.offset / blob.size, `${Math.floor((100 * state.offset) / blob.size)} % sent`);
      const piece = blob.slice(state.offset, state.offset + PIECE_BYTES);
      state = await sendPiece(state, piece);
      failures = 0;
    }
    report(1, "Reading the recording…");
  }

  async function sendPiece(state, piece) {
    const response = await fetch(`/api/uploads/${state.upload_id}`, {
      method: "PATCH",
      headers: { ...formToken, "Content-Type": "application/octet-stream", "Upload-Offset": String(state.offset) },
      body: piece,
      signal,
    });
    // The piece arrived although the answer did not, or a part of it: the server knows.
    if (response.status === 409) return stateOf(state.upload_id);
    return answerOf(response);
  }

  async function stateOf(known) {
    const response = await fetch(`/api/uploads/${known}`, { signal });
    return response.status === 404 ? null : answerOf(response);
  }

  async function ask(method, address, body) {
    const headers = { ...formToken, "Content-Type": "application/json" };
    return answerOf(await fetch(address, { method, headers, body: JSON.stringify(body), signal }));
  }
}

class Later extends Error {}

async function answerOf(response) {
  if (response.ok) return response.json();
  if (response.status >= 500) throw new Later();
  const isProblem = (response.headers.get("Content-Type") ?? "").includes("json");
  throw new Refused(isProblem ? (await response.json()).detail : `The server answered with ${response.status}.`);
}

// Until then, or until the browser has a network again.
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
