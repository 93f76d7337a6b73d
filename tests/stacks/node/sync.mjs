// The sync itself: a queue of deals on disk, eight workers, and what happens after a trouble.
import { digestOf } from "./journal.mjs";
import { KINDS, Trouble } from "./troubles.mjs";
import { millionths } from "./vendors.mjs";

const WORKERS = 8;
const ATTEMPTS = 12;
const REQUIRED = ["AccountId", "Amount", "CurrencyIsoCode", "CloseDate", "IsWon", "SystemModstamp"];
const REQUIRED_OF_LINES = ["ProductCode", "Quantity", "UnitPrice", "TotalPrice"];

export class Sync {
  #inHand = new Set();
  #timer = null;
  #inARow = 0;
  #probes = 0;
  #probing = false;
  #customers = new Set(); // those that the ERP is known to have
  #heldUntilMs = 0;
  held = ""; // the kind of trouble for which everything waits
  onParked = () => {};

  // `realMs` turns scenario seconds into real milliseconds.
  constructor(journal, crm, erp, realMs) {
    Object.assign(this, { journal, crm, erp, realMs });
  }

  // -- the queue -----------------------------------------------------------------------------------

  // Queues deals, new or again; resolves when that is on disk.
  async receive(found) {
    const now = Date.now();
    const saved = found.map(({ id, payload }) => {
      const deal = this.journal.deals.get(id) ?? fresh(id, payload, now);
      deal.generation += 1;
      // A deal that waits for its next attempt keeps waiting: another event must not shorten its delay.
      if (deal.state !== "queued") Object.assign(deal, { state: "queued", receivedMs: now, dueMs: now });
      return this.journal.saveDeal(deal);
    });
    await Promise.all(saved);
    this.pump();
  }

  // Tries parked deals again: those given, or all.
  replay(ids) {
    const parked = this.parked().filter((deal) => !ids || ids.includes(deal.id));
    for (const deal of parked) this.#again(deal);
    this.pump();
    return parked.length;
  }

  parked() {
    return [...this.journal.deals.values()].filter((deal) => deal.state === "parked");
  }

  // Tries one parked deal of each kind, the one that was tried longest ago; each price is a question of its own.
  redrive() {
    const parked = this.parked().sort((a, b) => a.dueMs - b.dueMs);
    for (const kind of new Set(parked.map((deal) => deal.kind))) {
      const same = parked.filter((deal) => deal.kind === kind);
      for (const deal of kind === "price" ? same : same.slice(0, 1)) this.#again(deal);
    }
    this.pump();
  }

  #again(deal) {
    Object.assign(deal, { state: "queued", attempts: 0, dueMs: Date.now(), parkedAs: deal.kind });
    this.journal.saveDeal(deal);
  }

  pump() {
    clearTimeout(this.#timer);
    const now = Date.now();
    const waiting = [...this.journal.deals.values()]
      .filter((deal) => deal.state === "queued" && !this.#inHand.has(deal.id))
      .sort((a, b) => a.receivedMs - b.receivedMs);
    let next = Math.min(...waiting.map((deal) => deal.dueMs), now + 1000);
    for (const deal of waiting) {
      if (this.#inHand.size >= WORKERS) return; // the end of one of them pumps again
      if (deal.dueMs > now) continue;
      if (this.held) {
        next = Math.max(this.#heldUntilMs, now + 5);
        if (this.#probing || now < this.#heldUntilMs) break;
        this.#probing = true;
      }
      this.#inHand.add(deal.id);
      this.#work(deal).finally(() => (this.#inHand.delete(deal.id), this.pump()));
    }
    this.#timer = setTimeout(() => this.pump(), Math.max(next - Date.now(), 5));
  }

  async #work(deal) {
    const { generation, parkedAs } = deal;
    try {
      await this.#settle(deal);
    } catch (problem) {
      const known = problem instanceof Trouble;
      if (!known) console.error(problem);
      this.#failed(deal, known ? problem : new Trouble("refused", "sync", `failed: ${problem.message}`));
      return;
    }
    this.#works();
    const state = deal.generation > generation ? "queued" : "done";
    Object.assign(deal, { state, kind: "", detail: "", attempts: 0, troubleMs: 0, parkedAs: "", dueMs: Date.now() });
    await this.journal.saveDeal(deal);
    // What held this one no longer holds the others.
    if (parkedAs) for (const other of this.parked()) if (other.kind === parkedAs) this.#again(other);
  }

  // -- troubles ------------------------------------------------------------------------------------

  #works() {
    this.#inARow = this.#probes = 0;
    this.#probing = false;
    this.held = "";
  }

  #failed(deal, trouble) {
    const kind = KINDS[trouble.kind];
    const now = Date.now();
    console.error(`deal ${deal.id}: ${trouble.kind}: ${trouble.message}`);
    Object.assign(deal, { kind: trouble.kind, detail: trouble.message, troubleMs: deal.troubleMs || now });
    deal.attempts += kind.act === "hold" ? 0 : 1;
    const delayMs = Math.max(this.#delayMs(Math.max(deal.attempts, 1)), trouble.retryAfterS * 1000);
    deal.dueMs = now + delayMs;
    if (kind.act === "hold") {
      this.#hold(trouble, kind.after);
    } else {
      this.#works();
      if (kind.act === "park" || deal.attempts >= ATTEMPTS) {
        Object.assign(deal, { state: "parked", dueMs: now });
        this.onParked(deal);
      }
    }
    this.journal.saveDeal(deal);
  }

  #hold(trouble, after) {
    this.#inARow += 1;
    if (!this.held && this.#inARow < after) return;
    if (!this.held || this.#probing) {
      this.#probes += 1;
      this.#heldUntilMs = Date.now() + Math.max(this.#delayMs(this.#probes, 30), trouble.retryAfterS * 1000);
    }
    this.#probing = false;
    this.held = trouble.kind;
  }

  // 15 s, doubled up to a minute, with a jitter of a fifth.
  #delayMs(attempt, longestS = 60) {
    return this.realMs(Math.min(15 * 2 ** Math.min(attempt - 1, 10), longestS) * (0.8 + 0.4 * Math.random()));
  }

  // -- one deal ------------------------------------------------------------------------------------

  async #settle(deal) {
    const record = await this.crm.deal(deal.id);
    if (record === null || record.IsWon === false) return this.#takeBack(deal, record);
    deal.payload = record;
    check(record, deal);
    const body = {
      entity: { externalId: record.AccountId },
      currency: { id: await this.erp.currency(record.CurrencyIsoCode) },
      otherRefNum: deal.id,
      tranDate: record.CloseDate,
      memo: record.Name ?? "",
      item: { items: record.lines.map(line) },
    };
    await this.#ensureCustomer(record.AccountId);
    const digest = digestOf(body);
    if (deal.order !== digest) await this.#writeOrder(deal, body, digest);
    if (deal.invoice !== digest) await this.#writeInvoice(deal, body, digest);
    const { Amount: amount, CurrencyIsoCode: currency, SystemModstamp: version } = record;
    const taxes = record.lines.map((each) => each.Tax_Amount__c ?? 0); // by line
    Object.assign(deal, { amount, currency, taxes, version, won: true });
  }

  // Under the account's id as its key, so that two deals of a new account make one customer. Its number is that id too,
  // because several customers may have one name.
  async #ensureCustomer(id) {
    if (this.#customers.has(id)) return;
    const path = `/record/v1/customer/eid:${id}`;
    if (!(await this.erp.find("GET", path))) {
      const fields = "Name, CurrencyIsoCode, BillingCity, BillingCountry";
      const [account] = await this.crm.query(`SELECT ${fields} FROM Account WHERE Id = '${id}'`);
      if (!account) throw new Trouble("reference", "CRM", `unknown customer: there is no account ${id}`);
      await this.erp.call("PUT", path, {
        entityId: id,
        companyName: account.Name,
        currency: { id: await this.erp.currency(account.CurrencyIsoCode) },
        city: account.BillingCity ?? "",
        country: account.BillingCountry ?? "",
        custentity_crm_account_id: id,
      });
    }
    this.#customers.add(id);
  }

  // Under the deal's id as its key, so that a repeated write makes no second order; its lines replace the old ones.
  async #writeOrder(deal, body, digest) {
    const reopened = deal.cancelled ? { orderStatus: { id: "B" } } : {};
    deal.order = ""; // indeterminate until the ERP has answered
    const { id } = await this.erp.call("PUT", `/record/v1/salesOrder/eid:${deal.id}?replace=item`, { ...body, ...reopened });
    Object.assign(deal, { order: digest, orderId: id, cancelled: false, checked: "" });
    await this.journal.saveDeal(deal);
  }

  // The invoice has the deal's id as its key as well: it is made once, and changed in place after that.
  async #writeInvoice(deal, body, digest) {
    const path = `/record/v1/invoice/eid:${deal.id}`;
    const party = digestOf([body.entity, body.currency]);
    let found = await this.erp.find("GET", path);
    if (found && deal.party && deal.party !== party) {
      await this.erp.find("DELETE", path); // the customer of an invoice cannot be changed
      found = null;
    }
    if (found) await this.erp.call("PATCH", `${path}?replace=item`, { tranDate: body.tranDate, memo: body.memo, item: body.item });
    else await this.erp.call("PUT", path, { createdFrom: { id: deal.orderId }, tranDate: body.tranDate });
    Object.assign(deal, { invoice: digest, party });
    await this.journal.saveDeal(deal);
  }

  // A deal that is deleted, or no longer won, has neither an open order nor an invoice.
  async #takeBack(deal, record) {
    for (const order of await this.erp.orders([deal.id])) {
      if (order.ended) continue;
      await this.erp.find("DELETE", `/record/v1/invoice/eid:${deal.id}`);
      await this.erp.call("PATCH", `/record/v1/salesOrder/${order.id}`, { orderStatus: { id: "C" } });
    }
    const version = record?.SystemModstamp ?? deal.version;
    Object.assign(deal, { order: "", invoice: "", party: "", cancelled: true, won: false, gone: record === null, version });
  }
}

const line = ({ ProductCode, Quantity, UnitPrice, TotalPrice, Tax_Code__c: code }) => ({
  item: { externalId: ProductCode },
  quantity: Quantity,
  rate: UnitPrice,
  amount: TotalPrice,
  price: { id: "-1" }, // the price as sold, not that of the list
  ...(code ? { taxCode: { externalId: code } } : {}), // the ERP calculates the tax by it
});

function fresh(id, payload, now) {
  return {
    id, payload, generation: 0, state: "queued", receivedMs: now, dueMs: now, attempts: 0, kind: "", detail: "", troubleMs: 0,
    version: "", order: "", orderId: "", invoice: "", party: "", ticket: "", checked: "", repairs: 0, finding: "", won: true,
  };
}

// Nothing that is missing is read as zero or empty.
function check(record, deal) {
  const gone = REQUIRED.filter((name) => record[name] === undefined);
  if (gone.length) throw new Trouble("schema", "CRM", `field ${gone.join(", ")} of Opportunity is missing`);
  const empty = REQUIRED.filter((name) => record[name] === null);
  for (const each of record.lines) empty.push(...REQUIRED_OF_LINES.filter((name) => each[name] === null || each[name] === undefined));
  if (empty.length) throw new Trouble("record", "CRM", `contract violated: field ${[...new Set(empty)].join(", ")} is empty`);
  if (record.SystemModstamp < deal.version) throw new Trouble("unfinished", "CRM", "an older version than the one that was written");
  const total = record.lines.reduce((sum, each) => sum + millionths(each.TotalPrice), 0n);
  if (!record.lines.length || total !== millionths(record.Amount))
    throw new Trouble("unfinished", "CRM", `the lines do not add up to ${record.Amount} ${record.CurrencyIsoCode}`);
}
