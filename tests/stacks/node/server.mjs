// A sync in plain Node, without dependencies, of another design than the bundled one: it polls besides taking events,
// keeps a journal instead of a database, writes order and invoice under the deal's id, changes invoices in place, and
// keeps one incident for each kind of trouble. It knows only its environment variables (docs/interfaces.md).
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { Incidents } from "./incidents.mjs";
import { Journal } from "./journal.mjs";
import { Reconciliation } from "./reconcile.mjs";
import { Sync } from "./sync.mjs";
import { KINDS } from "./troubles.mjs";
import { Desk, NetSuite, Salesforce } from "./vendors.mjs";

const env = process.env;
const pace = Number(env.GAMEDAY_PACE ?? 1);
const realMs = (scenarioS) => (scenarioS * 1000) / pace;
const timeoutMs = Math.max(realMs(60), 2000); // real sockets do not speed up
const credentials = JSON.parse(readFileSync(env.GAMEDAY_CREDENTIALS, "utf8"));

const journal = new Journal(env.GAMEDAY_STATE_DIR ?? join(tmpdir(), "node-sync"));
const crm = new Salesforce(env.GAMEDAY_CRM_URL, credentials.crm, timeoutMs);
const erp = new NetSuite(env.GAMEDAY_ERP_URL, credentials.erp, timeoutMs);
const desk = new Desk(env.GAMEDAY_PAGER_URL, env.GAMEDAY_TICKETS_URL, credentials, timeoutMs);
const sync = new Sync(journal, crm, erp, realMs);
const incidents = new Incidents(env.GAMEDAY_FLOW, journal, sync, desk, realMs);
const reconciliation = new Reconciliation(journal, sync, realMs);
sync.onParked = (deal) => incidents.file(deal);

async function every(scenarioS, act, leastMs = 50) {
  for (;;) {
    await new Promise((done) => setTimeout(done, Math.max(realMs(scenarioS), leastMs)));
    try {
      await act();
    } catch (problem) {
      console.error(`${problem.kind ?? "error"}: ${problem.kind ? problem.message : problem.stack}`);
    }
  }
}

every(5, () => incidents.tick());
every(30, () => sync.redrive());
every(30, () => reconciliation.pass(), 250);
sync.pump();

// -- the port -------------------------------------------------------------------------------------

const ACK =
  '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">' +
  '<soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>' +
  "</notificationsResponse></soapenv:Body></soapenv:Envelope>";

const ENTITIES = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
const plain = (xml) => xml.replace(/&(lt|gt|quot|apos|amp);/g, (all, name) => ENTITIES[name]);

function notifications(xml) {
  return [...xml.matchAll(/<sObject[^>]*sf:Opportunity"[^>]*>(.*?)<\/sObject>/gs)].map(([, object]) => {
    const fields = [...object.matchAll(/<sf:(\w+)>([^<]*)<\/sf:\1>/g)].map(([, name, value]) => [name, plain(value)]);
    const payload = Object.fromEntries(fields);
    return { id: payload.Id, payload };
  });
}

const letter = ({ id, kind, detail, payload }) => ({
  id, order: id, reason: `${KINDS[kind].text}: ${detail}`, payload, owner: KINDS[kind].owner,
});

const json = (value) => ({ body: JSON.stringify(value), type: "application/json" });

const HOOKS = {
  "GET /healthz": () => json({ status: "ok" }),
  "GET /dead-letters": () => json(sync.parked().map(letter)),
  "POST /dead-letters/replay": (body) => json({ replayed: sync.replay(JSON.parse(body || "{}").ids ?? null) }),
  "POST /alerts/test": () => (incidents.test(), json({ status: "queued" })),
  // Acknowledged only once it is on disk.
  "POST /outbound-messages": async (body) => (await sync.receive(notifications(body)), { body: ACK, type: "text/xml; charset=utf-8" }),
};

const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const hook = HOOKS[`${incoming.method} ${incoming.url}`];
  if (!hook) return outgoing.writeHead(404).end();
  try {
    const { body, type } = await hook(Buffer.concat(chunks).toString());
    outgoing.writeHead(200, { "content-type": type }).end(body);
  } catch (problem) {
    console.error(problem);
    outgoing.writeHead(500).end();
  }
});
const [host, port] = env.GAMEDAY_LISTEN.split(":");
server.listen(Number(port), host);
process.on("SIGTERM", () => process.exit(0));
