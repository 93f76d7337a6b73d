// Node-RED's settings: no editor, the port and the flow's connections from the environment.
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

const credentials = JSON.parse(fs.readFileSync(process.env.SYNC_CREDENTIALS, "utf8"));

const percent = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

// Token-based authentication of NetSuite: OAuth 1.0a with HMAC-SHA256.
function sign(method, url, query = {}) {
  const { account, consumer_key, consumer_secret, token_id, token_secret } = credentials.erp;
  const oauth = {
    oauth_consumer_key: consumer_key,
    oauth_nonce: crypto.randomBytes(16).toString("hex"),
    oauth_signature_method: "HMAC-SHA256",
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    oauth_token: token_id,
    oauth_version: "1.0",
  };
  const pairs = Object.entries({ ...oauth, ...query }).map(([name, value]) => `${percent(name)}=${percent(value)}`);
  const base = [method, percent(url), percent(pairs.sort().join("&"))].join("&");
  const key = `${percent(consumer_secret)}&${percent(token_secret)}`;
  const oauth_signature = crypto.createHmac("sha256", key).update(base).digest("base64");
  const header = Object.entries({ realm: account, ...oauth, oauth_signature });
  return "OAuth " + header.map(([name, value]) => `${name}="${percent(value)}"`).join(", ");
}

module.exports = {
  uiHost: process.env.HOST,
  uiPort: Number(process.env.PORT),
  flowFile: path.join(__dirname, "flows.json"),
  credentialSecret: false,
  httpAdminRoot: false,
  diagnostics: { enabled: false },
  telemetry: { enabled: false },
  logging: { console: { level: "info", metrics: false, audit: false } },
  // What function nodes may use: global.get("salesforce").
  functionGlobalContext: {
    salesforce: { url: process.env.SALESFORCE_URL, ...credentials.crm },
    netsuite: { url: process.env.NETSUITE_URL, sign },
    pagerduty: { url: process.env.PAGERDUTY_URL, ...credentials.pager },
  },
};
