// One incident for each kind of trouble: opened when its first deal is parked or overdue, updated with further deals,
// resolved once all of them are settled. Alerts and tickets wait in an outbox until they have arrived.
import { KINDS } from "./troubles.mjs";

const OVERDUE_S = 105; // the flow promises an order within two minutes
const BACKLOG_LEAST_MS = 5000; // without any trouble, a shorter wait is a busy machine
const UPDATE_EVERY_S = 15;
const PAYLOADS = 100;

const iso = (ms) => new Date(ms).toISOString();

export class Incidents {
  #outbox = [];
  #sending = false;
  #filing = new Set();

  constructor(flow, journal, sync, desk, realMs) {
    Object.assign(this, { flow, journal, sync, desk, realMs });
    // After a restart it is not known whether the last update arrived, so it is sent again under the same key.
    for (const incident of journal.incidents.values()) incident.named = 0;
  }

  tick() {
    const now = Date.now();
    for (const deal of this.journal.deals.values()) {
      // What held it up stays the reason of its delay when the others flow again.
      if (deal.state === "queued") deal.kind ||= this.sync.held;
      const overdueMs = Math.max(this.realMs(OVERDUE_S), deal.kind ? 0 : BACKLOG_LEAST_MS);
      const late = deal.state === "queued" && now - deal.receivedMs > overdueMs;
      if (deal.state === "parked" || late) this.#join(deal.kind || "overdue", deal, now);
      if (deal.finding) this.#join(deal.finding, deal, now);
      if (deal.state === "parked") this.file(deal);
    }
    for (const incident of this.journal.incidents.values()) this.#update(incident, now);
  }

  #join(kind, deal, now) {
    const incident = this.journal.incidents.get(kind) ?? { id: kind, deals: {}, named: 0, updatedMs: 0 };
    if (incident.deals[deal.id] || incident.resolving) return;
    const detail = (KINDS[kind].act === "finding" ? deal.difference : deal.detail) || "waits until the others work again";
    incident.deals[deal.id] = { firstMs: deal.troubleMs || deal.receivedMs || now, detail };
    this.journal.saveIncident(incident);
  }

  #update(incident, now) {
    const ids = Object.keys(incident.deals);
    if (!ids.length || incident.resolving) return;
    const isOpen = (deal) => (KINDS[incident.id].act === "finding" ? deal.finding === incident.id : deal.state !== "done");
    const open = ids.some((id) => isOpen(this.journal.deals.get(id)));
    const due = !incident.updatedMs || now - incident.updatedMs >= this.realMs(UPDATE_EVERY_S);
    if (ids.length > incident.named && (open || incident.updatedMs) && (due || !open)) {
      Object.assign(incident, { named: ids.length, updatedMs: now });
      this.journal.saveIncident(incident);
      this.#post(this.#trigger(incident));
    }
    if (open) return;
    const end = () => this.journal.saveIncident({ id: incident.id, deals: {}, named: 0, updatedMs: 0 });
    if (!incident.updatedMs) return end();
    incident.resolving = true;
    this.#post({ event_action: "resolve", dedup_key: this.#key(incident.id) }, end);
  }

  #key(kind) {
    return `${this.flow}:${kind}`;
  }

  #trigger({ id: kind, deals }) {
    const { text, owner } = KINDS[kind];
    const entries = Object.entries(deals).sort(([, a], [, b]) => a.firstMs - b.firstMs);
    const orders = entries.map(([order, { firstMs, detail }], number) => {
      const payload = number < PAYLOADS ? this.journal.deals.get(order).payload : undefined;
      return { order, first_seen: iso(firstMs), reason: `${text}: ${detail}`, payload };
    });
    const first_seen = orders[0].first_seen;
    const custom_details = { flow: this.flow, owner, reason: `${text}: ${entries[0][1].detail}`, first_seen, orders };
    const payload = {
      summary: `${this.flow}: ${text}; ${orders.length} deals wait`.slice(0, 1024),
      source: "node-sync", severity: "error", component: this.flow, group: owner, class: kind, custom_details,
    };
    return { event_action: "trigger", dedup_key: this.#key(kind), payload };
  }

  test() {
    const custom_details = { flow: this.flow, owner: KINDS.overdue.owner, reason: "a test alert", orders: [], first_seen: iso(Date.now()) };
    const payload = { summary: `${this.flow}: test alert`, source: "node-sync", severity: "info", class: "test", custom_details };
    this.#post({ event_action: "trigger", dedup_key: this.#key("test"), payload });
    this.#post({ event_action: "resolve", dedup_key: this.#key("test") });
  }

  // A ticket for each parked deal and kind.
  file(deal) {
    const mark = `${deal.id} ${deal.kind}`;
    if (deal.ticket === deal.kind || this.#filing.has(mark)) return;
    this.#filing.add(mark);
    const { text, owner } = KINDS[deal.kind];
    const description =
      `flow: ${this.flow}\norder: ${deal.id}\nreason: ${text}: ${deal.detail}\nowner: ${owner}\n` +
      `first seen: ${iso(deal.troubleMs)}\npayload:\n${JSON.stringify(deal.payload, null, 1)}`;
    const summary = `${this.flow}: deal ${deal.id}: ${text}`.slice(0, 250);
    const fields = { summary, description: description.slice(0, 30_000), labels: [this.flow, owner, `deal-${deal.id}`] };
    const kind = deal.kind;
    this.#post({ fields }, () => {
      this.#filing.delete(mark);
      this.journal.saveDeal(Object.assign(deal, { ticket: kind }));
    });
  }

  // -- the outbox ----------------------------------------------------------------------------------

  #post(message, arrived = () => {}) {
    // A newer state of an incident replaces one that is still waiting.
    const key = message.event_action === "trigger" ? message.dedup_key : null;
    const last = this.#outbox.findLastIndex((waiting) => waiting.message.dedup_key === key);
    const replaces = key && last > 0 && this.#outbox[last].message.event_action === "trigger";
    if (replaces) this.#outbox[last].message = message;
    else this.#outbox.push({ message, arrived });
    if (!this.#sending) this.#send();
  }

  async #send() {
    this.#sending = true;
    for (let attempt = 0; this.#outbox.length; ) {
      const { message, arrived } = this.#outbox[0];
      try {
        await (message.fields ? this.desk.issue(message.fields) : this.desk.event(message));
        this.#outbox.shift();
        arrived();
        attempt = 0;
      } catch (problem) {
        console.error(`an alert or a ticket did not arrive: ${problem.message}`);
        attempt += 1;
        await new Promise((done) => setTimeout(done, this.realMs(Math.min(15 * attempt, 60))));
      }
    }
    this.#sending = false;
  }
}
