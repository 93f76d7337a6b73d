// The kinds of trouble: what a person reads, who owns it, and what the sync does about it.
//   hold     nothing works: all deals wait, one at a time tries again
//   retry    only this deal tries again, with growing delays
//   park     a person or another system has to act: the deal becomes a dead letter and a ticket, and is named at once
//   finding  the reconciliation found it: the deal is named, a person decides
const SYNC = "revenue-operations";
const FINANCE = "finance-operations";

export const KINDS = {
  throttled: { act: "hold", after: 3, owner: SYNC, text: "requests are throttled (429)" },
  outage: { act: "hold", after: 5, owner: SYNC, text: "server errors (5xx)" },
  timeout: { act: "hold", after: 3, owner: SYNC, text: "requests timed out" },
  connection: { act: "hold", after: 4, owner: SYNC, text: "the connection failed or a reply was lost" },
  login: { act: "hold", after: 1, owner: SYNC, text: "our login was rejected; the credential has to be checked" },
  schema: { act: "hold", after: 1, owner: SYNC, text: "the schema changed: a field that the order needs is missing" },
  locked: { act: "retry", owner: SYNC, text: "the record is locked" },
  batch: { act: "retry", owner: SYNC, text: "a part of the batch failed inside a 200" },
  unfinished: { act: "retry", owner: SYNC, text: "the deal is inconsistent: its lines do not add up, or it is an older version" },
  permission: { act: "park", owner: SYNC, text: "permission missing: our role may not do this (403)" },
  record: { act: "park", owner: SYNC, text: "contract violated: a field of this record is empty" },
  reference: { act: "park", owner: SYNC, text: "a customer or an item is unknown or inactive in the ERP" },
  refused: { act: "park", owner: SYNC, text: "the record was refused" },
  period: { act: "park", owner: FINANCE, text: "the accounting period is closed" },
  price: { act: "park", owner: FINANCE, text: "a price is outside the tolerance of the price list" },
  overdue: { act: "retry", owner: SYNC, text: "deals are overdue: the backlog grows" },
  differs: { act: "finding", owner: SYNC, text: "the order differs from the deal (mismatch)" },
  twice: { act: "finding", owner: SYNC, text: "duplicate: more than one order for one deal" },
};

export class Trouble extends Error {
  // `system` is CRM or ERP; `retryAfterS` is what the vendor asked for, in real seconds.
  constructor(kind, system, detail, { status = 0, retryAfterS = 0 } = {}) {
    super(`${system}: ${detail}`.slice(0, 400));
    Object.assign(this, { kind, system, status, retryAfterS });
  }
}

export function ofNetwork(problem, system) {
  const code = problem.cause?.code ?? problem.name;
  if (problem.name === "TimeoutError") return new Trouble("timeout", system, "no answer in time");
  return new Trouble("connection", system, `${code}: ${problem.cause?.message ?? problem.message}`);
}

const BY_STATUS = { 401: "login", 403: "permission", 408: "outage", 429: "throttled", 500: "outage", 502: "outage", 503: "outage", 504: "outage" };

const CRM_CODES = {
  INVALID_SESSION_ID: "login", REQUEST_LIMIT_EXCEEDED: "throttled", INVALID_FIELD: "schema", UNABLE_TO_LOCK_ROW: "locked",
  ENTITY_IS_LOCKED: "locked", SERVER_UNAVAILABLE: "outage", UNKNOWN_EXCEPTION: "outage", QUERY_TIMEOUT: "timeout",
  INVALID_TYPE: "permission", INSUFFICIENT_ACCESS: "permission", INSUFFICIENT_ACCESS_OR_READONLY: "permission",
};

export function ofCrm(status, text, options = {}) {
  let error = {};
  try {
    error = JSON.parse(text)[0] ?? {};
  } catch {
    // Not Salesforce's form: the status decides.
  }
  const kind = CRM_CODES[error.errorCode] ?? BY_STATUS[status] ?? "refused";
  return new Trouble(kind, "CRM", `${status} ${error.errorCode ?? ""} ${error.message ?? ""}`, { ...options, status });
}

// NetSuite has one code for most refusals, so the text decides.
const ERP_TEXTS = [
  [/lock|has been changed/i, "locked"],
  [/period/i, "period"],
  [/tolerance/i, "price"],
  [/inactive|invalid field value/i, "reference"],
];

export function ofErp(status, text, options = {}) {
  let detail = text.slice(0, 300);
  try {
    const error = JSON.parse(text)["o:errorDetails"][0];
    detail = `${error["o:errorCode"]} ${error.detail}`;
  } catch {
    // Not NetSuite's form: the status decides.
  }
  const kind = BY_STATUS[status] ?? ERP_TEXTS.find(([pattern]) => pattern.test(detail))?.[1] ?? "refused";
  return new Trouble(kind, "ERP", `${status} ${detail}`, { ...options, status });
}
