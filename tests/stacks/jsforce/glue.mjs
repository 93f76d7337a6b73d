// Glue between Salesforce and NetSuite: takes outbound messages, reads the opportunity with jsforce, writes the order
// under SFDC_OPP_<id>, tries five times, then pages.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import jsforce from "jsforce";
import { NetSuite } from "./netsuite.mjs";

const env = process.env;
const { crm, erp, pager } = JSON.parse(readFileSync(env.SYNC_CREDENTIALS, "utf8"));
const netsuite = new NetSuite(env.NETSUITE_URL, erp);
const TRIES = 5;
const FIRST_WAIT_MS = 5000; // doubled each time

const logIn = (connection) => connection.authorize({ grant_type: "client_credentials" });
const salesforce = new jsforce.Connection({
  version: "60.0",
  oauth2: { loginUrl: env.SALESFORCE_URL, clientId: crm.client_id, clientSecret: crm.client_secret },
  refreshFn: (connection, callback) =>
    logIn(connection).then(() => callback(null, connection.accessToken), callback),
});

async function sync(id) {
  if (!salesforce.accessToken) await logIn(salesforce);
  const deal = await salesforce.sobject("Opportunity").retrieve(id);
  if (!deal.IsWon) return;
  const lines = await salesforce.query(
    `SELECT ProductCode, Quantity, UnitPrice, TotalPrice FROM OpportunityLineItem WHERE OpportunityId = '${id}'`,
  );
  await netsuite.upsert("salesOrder", `SFDC_OPP_${id}`, {
    entity: { externalId: deal.AccountId },
    currency: { refName: deal.CurrencyIsoCode },
    tranDate: deal.CloseDate,
    memo: deal.Name,
    item: {
      items: lines.records.map((line) => ({
        item: { externalId: line.ProductCode },
        quantity: line.Quantity,
        rate: line.UnitPrice,
        amount: line.TotalPrice,
        price: { id: "-1" },
      })),
    },
  });
}

async function withRetries(id) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await sync(id);
    } catch (problem) {
      console.error(`${id}: attempt ${attempt}: ${problem.message}`);
      if (attempt === TRIES) return page(id, problem);
      await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
    }
  }
}

async function page(id, problem) {
  const event = {
    routing_key: pager.routing_key_sync,
    event_action: "trigger",
    dedup_key: `opportunity-${id}`,
    payload: {
      summary: `Opportunity ${id} was not synced: ${problem.message}`.slice(0, 1024),
      source: "salesforce-netsuite-glue",
      severity: "error",
      custom_details: { flow: env.FLOW, opportunity: id, error: problem.message },
    },
  };
  try {
    await fetch(`${env.PAGERDUTY_URL}/v2/enqueue`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(event),
    });
  } catch (failure) {
    console.error(`${id}: cannot page: ${failure.message}`);
  }
}

const ACK =
  '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">' +
  '<soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>' +
  "</notificationsResponse></soapenv:Body></soapenv:Envelope>";

const server = createServer(async (request, response) => {
  if (request.method === "GET" && request.url === "/healthz") return response.end("ok");
  if (request.method !== "POST") return response.writeHead(404).end();
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const xml = Buffer.concat(chunks).toString();
  for (const [, id] of xml.matchAll(/<sf:Id>(\w+)<\/sf:Id>/g)) withRetries(id);
  response.writeHead(200, { "content-type": "text/xml; charset=utf-8" }).end(ACK);
});
server.listen(Number(env.PORT), env.HOST);
