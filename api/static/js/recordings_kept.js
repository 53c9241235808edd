// Recordings that are not saved on the server yet, kept in this browser piece by piece as they are made.

const DATABASE = "groundwork-recordings";

export class KeptRecordings {
  #database;

  static async open() {
    const kept = new KeptRecordings();
    kept.#database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.addEventListener("upgradeneeded", () => {
        request.result.createObjectStore("recordings", { keyPath: "id" });
        request.result.createObjectStore("pieces", { keyPath: ["recording", "number"] });
      });
      request.addEventListener("success", () => resolve(request.result));
      request.addEventListener("error", () => reject(request.error));
    });
    return kept;
  }

  // Resolves when it is durable.
  put(recording) {
    return this.#write(["recordings"], (stores) => stores.recordings.put(recording));
  }

  // A piece and the state of its recording go together.
  addPiece(recording, number, blob) {
    return this.#write(["recordings", "pieces"], (stores) => {
      stores.pieces.put({ recording: recording.id, number, blob });
      stores.recordings.put(recording);
    });
  }

  remove(id) {
    return this.#write(["recordings", "pieces"], (stores) => {
      stores.recordings.delete(id);
      stores.pieces.delete(IDBKeyRange.bound([id, 0], [id, Infinity]));
    });
  }

  async list(user) {
    const all = await this.#read("recordings", (store) => store.getAll());
    return all.filter((recording) => recording.user === user).sort((one, other) => one.startedAt - other.startedAt);
  }

  async blobOf(recording) {
    const range = IDBKeyRange.bound([recording.id, 0], [recording.id, Infinity]);
    const pieces = await this.#read("pieces", (store) => store.getAll(range));
    return new Blob(pieces.map((piece) => piece.blob), { type: recording.type });
  }

  #write(names, change) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(names, "readwrite", { durability: "strict" });
      change(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
      transaction.addEventListener("complete", () => resolve());
      transaction.addEventListener("abort", () => reject(transaction.error));
    });
  }

  #read(name, ask) {
    return new Promise((resolve, reject) => {
      const request = ask(this.#database.transaction(name).objectStore(name));
      request.addEventListener("success", () => resolve(request.result));
      request.addEventListener("error", () => reject(request.error));
    });
  }
}
