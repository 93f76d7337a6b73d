// The reconciliation: asks the CRM what changed since the last pass, so that no event has to arrive, and compares the
// ERP's orders with what was written.
import { millionths } from "./vendors.mjs";

const OVERLAP_S = 300; // rows may become visible late
const REPAIRS = 2;
const PAGE = 100;
const FIELDS = "Id, IsWon, IsDeleted, SystemModstamp";

export class Reconciliation {
  constructor(journal, sync, realMs) {
    Object.assign(this, { journal, sync, realMs });
  }

  async pass() {
    await this.#poll();
    await this.#compare();
  }

  async #poll() {
    const cursor = this.journal.facts.get("cursor")?.value;
    const since = cursor && new Date(Date.parse(cursor.replace("+0000", "Z")) - this.realMs(OVERLAP_S)).toISOString();
    const where = since ? ` WHERE SystemModstamp >= ${since}` : "";
    const changed = await this.sync.crm.query(`SELECT ${FIELDS} FROM Opportunity${where} ORDER BY SystemModstamp`);
    await this.sync.receive(changed.filter((record) => this.#isNews(record)).map((record) => ({ id: record.Id, payload: record })));
    if (changed.length) this.journal.setFact("cursor", changed.at(-1).SystemModstamp);
  }

  #isNews(record) {
    const deal = this.journal.deals.get(record.Id);
    if (!deal) return record.IsWon === true && !record.IsDeleted;
    if (record.IsDeleted && deal.gone) return false;
    return deal.state === "done" && (record.SystemModstamp > deal.version || (record.IsDeleted && !deal.gone));
  }

  async #compare() {
    const unchecked = [...this.journal.deals.values()].filter(
      (deal) => deal.state === "done" && (deal.finding || deal.checked !== `${deal.version} ${deal.gone}`),
    );
    for (let start = 0; start < unchecked.length; start += PAGE) {
      const page = unchecked.slice(start, start + PAGE);
      const generations = page.map((deal) => deal.generation);
      const orders = await this.sync.erp.orders(page.map((deal) => deal.id));
      for (const [number, deal] of page.entries()) {
        // It is being worked on again: a later pass compares it.
        if (deal.state !== "done" || deal.generation !== generations[number]) continue;
        await this.#judge(deal, orders.filter((order) => order.otherrefnum === deal.id && !order.ended));
      }
    }
  }

  async #judge(deal, open) {
    const difference = differenceOf(deal, open);
    if (!difference) {
      Object.assign(deal, { checked: `${deal.version} ${deal.gone}`, finding: "", difference: "", repairs: 0 });
      return this.journal.saveDeal(deal);
    }
    if (open.length <= 1 && deal.repairs < REPAIRS) {
      Object.assign(deal, { order: "", invoice: "", repairs: deal.repairs + 1 });
      return this.sync.receive([{ id: deal.id }]);
    }
    Object.assign(deal, { finding: open.length > 1 ? "twice" : "differs", difference });
    return this.journal.saveDeal(deal);
  }
}

function differenceOf(deal, open) {
  if (!deal.won) return open.length ? `no longer won, and ${open.length} orders are open` : "";
  if (open.length !== 1) return `${open.length} open orders, expected one`;
  const [order] = open;
  // The ERP's total is gross, the deal's amount net.
  const tax = millionths(order.taxtotal);
  const equal = order.currency === deal.currency && millionths(order.foreigntotal) - tax === millionths(deal.amount);
  const taxes = deal.taxes.reduce((sum, each) => sum + millionths(each), 0n);
  if (equal && tax === taxes) return "";
  const ours = `${deal.amount} ${deal.currency} and ${deal.taxes.join(" + ")} of tax in the CRM`;
  return `${ours}, ${order.foreigntotal} ${order.currency} in the ERP, ${order.taxtotal} of it tax`;
}
