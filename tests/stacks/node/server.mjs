// A sync in plain Node, without dependencies: outbound message in, order by PUT under the deal's id, invoice, alert.
// It knows only its environment variables (docs/interfaces.md).
import { createServer } from "node:http";
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

const env = process.env;
const credentials = JSON.parse(readFileSync(env.GAMEDAY_CREDENTIALS, "utf8"));
const pace = Number(env.GAMEDAY_PACE ?? 1);
const timeoutMs = Math.max(60_000 / pace, 2_000); // real sockets do not speed up
const attempts = 12;
const workers = 8;

const sleep = (scenarioS) => new Promise((done) => setTimeout(done, (scenarioS * 1000) / pace));
const percent = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

// -- NetSuite: OAuth 1.0a, HMAC-SHA256 ----------------------------------------------------------

function sign(method, url) {
  const { consumer_key, consumer_secret, token_id, token_secret, account } = credentials.erp;
  const oauth = {
    oauth_consumer_key: consumer_key,
    oauth_nonce: randomBytes(12).toString("hex"),
    oauth_signature_method: "HMAC-SHA256",
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    oauth_token: token_id,
    oauth_version: "1.0",
  };
  // The path as sent; the query's values are parameters of the signature.
  const { origin, pathname, searchParams } = new URL(url);
  const pairs = [...Object.entries(oauth), ...searchParams].map(([k, v]) => [percent(k), percent(v)]);
  const joined = pairs.map((pair) => pair.join("=")).sort().join("&");
  const base = [method, percent(origin + pathname), percent(joined)].join("&");
  const key = `${percent(consumer_secret)}&${percent(token_secret)}`;
  const oauth_signature = createHmac("sha256", key).update(base).digest("base64");
  const header = Object.entries({ realm: account, ...oauth, oauth_signature });
  return "OAuth " + header.map(([k, v]) => `${k}="${percent(v)}"`).join(", ");
}

async function request(url, options) {
  const reply = await fetch(url, { ...options, signal: AbortSignal.timeout(timeoutMs) });
  const text = await reply.text();
  if (!reply.ok) throw Object.assign(new Error(`${reply.status} ${text.slice(0, 300)}`), { status: reply.status });
  return { text, location: reply.headers.get("location") ?? "" };
}

function erp(method, path, body, headers = {}) {
  const url = `${env.GAMEDAY_ERP_URL}/services/rest${path}`;
  const authorization = sign(method, url);
  return request(url, { method, headers: { authorization, "content-type": "application/json", ...headers }, body });
}

// -- Salesforce -----------------------------------------------------------------------------------

let token = "";

async function logIn() {
  const { client_id, client_secret } = credentials.crm;
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
  const reply = await request(`${env.GAMEDAY_CRM_URL}/services/oauth2/token`, { method: "POST", body });
  token = JSON.parse(reply.text).access_token;
}

async function crm(path) {
  if (!token) await logIn();
  const get = () =>
    request(`${env.GAMEDAY_CRM_URL}/services/data/v60.0${path}`, { headers: { authorization: `Bearer ${token}` } });
  try {
    return (await get()).text;
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    await logIn();
    return (await get()).text;
  }
}

// Money keeps its digits: a JSON number becomes its original text, never a float.
const parseExact = (text) =>
  JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|(-?\d+\.\d+(?:[eE][-+]?\d+)?)/g, (all, string) => string ?? `"${all}"`));

// -- one deal -------------------------------------------------------------------------------------

async function settle(deal) {
  const record = parseExact(await crm(`/sobjects/Opportunity/${deal}`));
  if (record.IsWon !== true) return cancel(deal);
  for (const field of ["AccountId", "Amount", "CurrencyIsoCode", "CloseDate"])
    if (record[field] === undefined || record[field] === null) throw new Error(`contract: field ${field} is missing`);
  const soql = `SELECT ProductCode, Quantity, UnitPrice, TotalPrice FROM OpportunityLineItem WHERE OpportunityId = '${deal}'`;
  const lines = parseExact(await crm(`/query?q=${encodeURIComponent(soql)}`)).records;
  const order = {
    entity: { externalId: record.AccountId },
    currency: { refName: record.CurrencyIsoCode },
    otherRefNum: deal,
    tranDate: record.CloseDate,
    item: {
      items: lines.map((line) => ({
        item: { externalId: line.ProductCode },
        quantity: line.Quantity,
        rate: line.UnitPrice,
        amount: line.TotalPrice,
        price: { id: "-1" },
      })),
    },
  };
  const { location } = await erp("PUT", `/record/v1/salesOrder/eid:${deal}`, JSON.stringify(order));
  const id = location.split("/").pop();
  const q = `SELECT id FROM transaction WHERE createdfrom = '${id}' AND type = 'CustInvc'`;
  const found = await erp("POST", "/query/v1/suiteql", JSON.stringify({ q }), { prefer: "transient" });
  if (JSON.parse(found.text).items.length === 0) await erp("POST", `/record/v1/salesOrder/${id}/!transform/invoice`, "{}");
}

async function cancel(deal) {
  try {
    await erp("PATCH", `/record/v1/salesOrder/eid:${deal}`, JSON.stringify({ orderStatus: { id: "C" } }));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
}

// -- the queue ------------------------------------------------------------------------------------

const troubles = new Map(); // deal -> {order, reason, first_seen}
const queue = [];
let busy = 0;

function pump() {
  while (busy < workers && queue.length) {
    const deal = queue.shift();
    busy += 1;
    work(deal).finally(() => ((busy -= 1), pump()));
  }
}

async function work(deal) {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      await settle(deal);
      troubles.delete(deal);
      return;
    } catch (problem) {
      console.error(`deal ${deal}, attempt ${attempt}: ${problem.message}`);
      const first_seen = troubles.get(deal)?.first_seen ?? new Date().toISOString();
      troubles.set(deal, { order: deal, reason: problem.message, first_seen });
      if (attempt === 3) await alert().catch((failure) => console.error(`the pager: ${failure.message}`));
      await sleep(Math.min(10 * 2 ** attempt, 60));
    }
  }
}

function alert() {
  const orders = [...troubles.values()];
  const custom_details = {
    flow: env.GAMEDAY_FLOW, reason: orders[0].reason, owner: "revenue-operations", orders, first_seen: orders[0].first_seen,
  };
  const summary = `${env.GAMEDAY_FLOW}: ${orders.length} deals are stuck: ${orders[0].reason}`.slice(0, 1024);
  const payload = { summary, source: "node-sync", severity: "error", custom_details };
  const event = { ...credentials.pager, event_action: "trigger", dedup_key: `${env.GAMEDAY_FLOW}/stuck`, payload };
  const headers = { "content-type": "application/json" };
  return request(`${env.GAMEDAY_PAGER_URL}/v2/enqueue`, { method: "POST", headers, body: JSON.stringify(event) });
}

// -- the port -------------------------------------------------------------------------------------

const ACK =
  '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">' +
  '<soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>' +
  "</notificationsResponse></soapenv:Body></soapenv:Envelope>";

const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  if (incoming.url === "/healthz") return outgoing.end('{"status":"ok"}');
  if (incoming.url !== "/outbound-messages") return outgoing.writeHead(404).end();
  for (const [, deal] of body.matchAll(/<sf:Id>([^<]+)<\/sf:Id>/g)) queue.push(deal);
  pump();
  outgoing.writeHead(200, { "content-type": "text/xml; charset=utf-8" }).end(ACK);
});
const [host, port] = env.GAMEDAY_LISTEN.split(":");
server.listen(Number(port), host);
process.on("SIGTERM", () => process.exit(0));
