// The journal: one line of JSON for each change of a deal or an incident. What was written and synced survives a kill.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, write, fdatasync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const writeAll = promisify(write);
const sync = promisify(fdatasync);

export const digestOf = (value) => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);

export class Journal {
  #waiting = [];
  #flushing = null;

  constructor(folder) {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "journal.jsonl");
    this.deals = new Map();
    this.incidents = new Map();
    this.facts = new Map();
    if (existsSync(path)) this.#read(readFileSync(path, "utf8"));
    // Only what still holds is kept.
    const kept = [this.deals, this.incidents, this.facts].flatMap((table, number) =>
      [...table.values()].map((row) => JSON.stringify([number, row])),
    );
    writeFileSync(`${path}.new`, kept.map((line) => `${line}\n`).join(""));
    renameSync(`${path}.new`, path);
    this.file = openSync(path, "a");
  }

  #read(text) {
    for (const line of text.split("\n")) {
      try {
        const [number, row] = JSON.parse(line);
        [this.deals, this.incidents, this.facts][number].set(row.id, row);
      } catch {
        // Empty, or cut off by a kill: it was never confirmed.
      }
    }
  }

  saveDeal(deal) {
    return this.#append(0, this.deals, deal);
  }

  saveIncident(incident) {
    return this.#append(1, this.incidents, incident);
  }

  setFact(id, value) {
    return this.#append(2, this.facts, { id, value });
  }

  // Resolves when the row is on disk. Rows that arrive meanwhile share the next sync.
  #append(number, table, row) {
    table.set(row.id, row);
    this.#waiting.push(`${JSON.stringify([number, row])}\n`);
    this.#flushing ??= Promise.resolve().then(() => this.#flush());
    return this.#flushing;
  }

  async #flush() {
    const lines = this.#waiting.splice(0).join("");
    this.#flushing = null;
    const before = this.last ?? Promise.resolve();
    this.last = before.then(() => writeAll(this.file, lines)).then(() => sync(this.file));
    return this.last;
  }
}
