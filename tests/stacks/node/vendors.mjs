// The vendors' APIs, as far as the sync uses them. Every failure is a Trouble.
import { createHmac, randomBytes } from "node:crypto";
import { Trouble, ofCrm, ofErp, ofNetwork } from "./troubles.mjs";

const percent = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

// Money keeps its digits: a JSON number with a decimal point becomes its original text, never a float.
export function parseExact(text, system) {
  const exact = text.replace(/("(?:[^"\\]|\\.)*")|(-?\d+\.\d+(?:[eE][-+]?\d+)?)/g, (all, string) => string ?? `"${all}"`);
  try {
    return JSON.parse(exact);
  } catch {
    throw new Trouble("connection", system, "the reply was truncated");
  }
}

// A sum of decimals as a BigInt of millionths, so that equality is exact.
export function millionths(decimal) {
  const [, sign, whole, part = ""] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(String(decimal)) ?? [];
  if (whole === undefined) throw new Trouble("record", "CRM", `contract violated: ${decimal} is not a number`);
  return BigInt(`${sign}${whole}${part.slice(0, 6).padEnd(6, "0")}`);
}

async function send(system, url, options, timeoutMs) {
  try {
    const reply = await fetch(url, { ...options, signal: AbortSignal.timeout(timeoutMs) });
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  } catch (problem) {
    throw ofNetwork(problem, system);
  }
}

const asked = (reply) => ({ retryAfterS: Number(reply.headers.get("retry-after")) || 0 });

export class Salesforce {
  #token = "";
  #login = null;

  constructor(url, credentials, timeoutMs) {
    Object.assign(this, { url, credentials, timeoutMs });
  }

  // One composite request for the deal and its lines; a deleted deal is null.
  async deal(id) {
    const root = "/services/data/v60.0";
    const soql = `SELECT ProductCode, Quantity, UnitPrice, TotalPrice, Tax_Code__c, Tax_Amount__c FROM OpportunityLineItem WHERE OpportunityId = '${id}'`;
    const parts = [
      { method: "GET", url: `${root}/sobjects/Opportunity/${id}`, referenceId: "deal" },
      { method: "GET", url: `${root}/query?q=${encodeURIComponent(soql)}`, referenceId: "lines" },
    ];
    const body = JSON.stringify({ allOrNone: false, compositeRequest: parts });
    const answer = await this.call("POST", "/composite", body);
    const [deal, lines] = ["deal", "lines"].map((name) => answer.compositeResponse.find((part) => part.referenceId === name));
    if (deal?.httpStatusCode === 404) return null;
    for (const part of [deal, lines]) {
      if (!part) throw new Trouble("batch", "CRM", "a part of the batch has no answer");
      if (part.httpStatusCode < 400) continue;
      const trouble = ofCrm(part.httpStatusCode, JSON.stringify(part.body));
      if (trouble.kind === "locked") trouble.kind = "batch";
      throw trouble;
    }
    return { ...deal.body, lines: await this.#pages(lines.body) };
  }

  async query(soql) {
    return this.#pages(await this.call("GET", `/queryAll?q=${encodeURIComponent(soql)}`));
  }

  async #pages(page) {
    const rows = [...page.records];
    while (!page.done) {
      page = await this.call("GET", page.nextRecordsUrl.replace(/^\/services\/data\/v60\.0/, ""));
      rows.push(...page.records);
    }
    return rows;
  }

  async call(method, path, body) {
    const url = `${this.url}/services/data/v60.0${path}`;
    const token = this.#token || (await this.#logIn(""));
    const attempt = (key) => {
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
      return send("CRM", url, { method, body, headers }, this.timeoutMs);
    };
    let reply = await attempt(token);
    if (reply.status === 401) reply = await attempt(await this.#logIn(token));
    if (reply.status >= 400) throw ofCrm(reply.status, reply.text, asked(reply));
    return parseExact(reply.text, "CRM");
  }

  // Everybody who saw the same token expire shares one login.
  #logIn(stale) {
    if (this.#token !== stale) return this.#token;
    this.#login ??= this.#newToken().finally(() => (this.#login = null));
    return this.#login;
  }

  async #newToken() {
    const { client_id, client_secret } = this.credentials;
    const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
    const reply = await send("CRM", `${this.url}/services/oauth2/token`, { method: "POST", body }, this.timeoutMs);
    if ([400, 401, 403].includes(reply.status)) {
      this.#token = "";
      throw new Trouble("login", "CRM", `login rejected: ${reply.status} ${reply.text.slice(0, 200)}`);
    }
    if (reply.status >= 400) throw ofCrm(reply.status, reply.text, asked(reply));
    this.#token = parseExact(reply.text, "CRM").access_token;
    return this.#token;
  }
}

export class NetSuite {
  #currencies = new Map();

  constructor(url, credentials, timeoutMs) {
    Object.assign(this, { url, credentials, timeoutMs });
  }

  // OAuth 1.0a, HMAC-SHA256: the query's values are parameters of the signature, the body is not.
  #sign(method, url) {
    const { consumer_key, consumer_secret, token_id, token_secret, account } = this.credentials;
    const oauth = {
      oauth_consumer_key: consumer_key,
      oauth_nonce: randomBytes(12).toString("hex"),
      oauth_signature_method: "HMAC-SHA256",
      oauth_timestamp: String(Math.floor(Date.now() / 1000)),
      oauth_token: token_id,
      oauth_version: "1.0",
    };
    const { origin, pathname, searchParams } = new URL(url);
    const pairs = [...Object.entries(oauth), ...searchParams].map(([k, v]) => [percent(k), percent(v)]);
    const joined = pairs.map((pair) => pair.join("=")).sort().join("&");
    const base = [method, percent(origin + pathname), percent(joined)].join("&");
    const key = `${percent(consumer_secret)}&${percent(token_secret)}`;
    const oauth_signature = createHmac("sha256", key).update(base).digest("base64");
    const header = Object.entries({ realm: account, ...oauth, oauth_signature });
    return "OAuth " + header.map(([k, v]) => `${k}="${percent(v)}"`).join(", ");
  }

  async call(method, path, body, more = {}) {
    const url = `${this.url}/services/rest${path}`;
    const headers = {
      authorization: this.#sign(method, url),
      "content-type": "application/json",
      // By default NetSuite ignores unknown field names, and the order comes out wrong.
      "x-netsuite-propertynamevalidation": "error",
      ...more,
    };
    const content = body === undefined ? undefined : JSON.stringify(body);
    const reply = await send("ERP", url, { method, headers, body: content }, this.timeoutMs);
    if (reply.status >= 400) throw ofErp(reply.status, reply.text, asked(reply));
    return { id: (reply.headers.get("location") ?? "").split("/").pop(), text: reply.text };
  }

  // Like call, but null instead of a 404.
  async find(method, path, body) {
    try {
      return await this.call(method, path, body);
    } catch (trouble) {
      if (trouble.status === 404) return null;
      throw trouble;
    }
  }

  async rows(q) {
    const rows = [];
    for (let page = { hasMore: true }; page.hasMore; ) {
      const path = `/query/v1/suiteql?limit=1000&offset=${rows.length}`;
      page = parseExact((await this.call("POST", path, { q }, { prefer: "transient" })).text, "ERP");
      rows.push(...page.items);
    }
    return rows;
  }

  async currency(iso) {
    if (!this.#currencies.has(iso))
      for (const row of await this.rows("SELECT id, symbol FROM currency")) this.#currencies.set(row.symbol, row.id);
    if (!this.#currencies.has(iso)) throw new Trouble("reference", "ERP", `unknown reference: no currency ${iso}`);
    return this.#currencies.get(iso);
  }

  // The orders of these deals, open and ended.
  async orders(deals) {
    const list = deals.map((deal) => `'${deal}'`).join(", ");
    const rows = await this.rows(
      "SELECT id, otherrefnum, foreigntotal, taxtotal, status, BUILTIN.DF(currency) AS currency FROM transaction " +
        `WHERE otherrefnum IN (${list}) AND type = 'SalesOrd'`,
    );
    return rows.map((row) => ({ ...row, ended: ["C", "H"].includes(row.status.split(":").pop()) }));
  }
}

export class Desk {
  // PagerDuty's events and Jira's issues.
  constructor(pagerUrl, ticketsUrl, credentials, timeoutMs) {
    Object.assign(this, { pagerUrl, ticketsUrl, credentials, timeoutMs });
  }

  async event(event) {
    const body = JSON.stringify({ routing_key: this.credentials.pager.routing_key, ...event });
    const headers = { "content-type": "application/json" };
    return this.#taken(await send("pager", `${this.pagerUrl}/v2/enqueue`, { method: "POST", headers, body }, this.timeoutMs));
  }

  async issue(fields) {
    const { user, token, project } = this.credentials.tickets;
    const authorization = `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
    const headers = { authorization, "content-type": "application/json" };
    const body = JSON.stringify({ fields: { project: { key: project }, issuetype: { name: "Task" }, ...fields } });
    return this.#taken(await send("tickets", `${this.ticketsUrl}/rest/api/2/issue`, { method: "POST", headers, body }, this.timeoutMs));
  }

  // A message that was refused for what it says is never accepted: only the others are sent again.
  #taken(reply) {
    if (reply.status === 429 || reply.status >= 500) throw new Trouble("outage", "desk", `${reply.status}`);
    if (reply.status >= 400) console.error(`a message was refused: ${reply.status} ${reply.text.slice(0, 300)}`);
    return reply;
  }
}
