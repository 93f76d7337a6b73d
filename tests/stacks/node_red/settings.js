// Node-RED's settings: no editor, the port and the flow's connections from the environment.
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

const credentials = JSON.parse(fs.readFileSync(process.env.SYNC_CREDENTIALS, "utf8"));

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
    crypto,
    salesforce: { url: process.env.SALESFORCE_URL, ...credentials.crm },
    netsuite: { url: process.env.NETSUITE_URL, ...credentials.erp },
    pagerduty: { url: process.env.PAGERDUTY_URL, ...credentials.pager },
  },
};
