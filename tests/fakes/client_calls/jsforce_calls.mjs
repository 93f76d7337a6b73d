// Calls every public method of jsforce against the fake of Salesforce, unmodified, and prints what became of each:
// {"Class.method": "passes" | "501: ..." | "refused: ..." | "fails: ..."}. The methods are read from jsforce's own classes.
//
//     node jsforce_calls.mjs FOLDER_OF_JSFORCE {"url": ..., "login": {...}, "account": ID, "deal": ID}

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { records } from './jsforce_records.mjs';
import { soap } from './jsforce_soap.mjs';
import { streaming } from './jsforce_streaming.mjs';
import { transfers } from './jsforce_transfers.mjs';

const [folder, given] = [process.argv[2], JSON.parse(process.argv[3])];
const require = createRequire(join(folder, 'package.json'));
const jsforce = require('./lib/index.js');

const CLASSES = {
  'lib/connection': ['Connection'],
  'lib/oauth2': ['OAuth2'],
  'lib/sobject': ['SObject'],
  'lib/query': ['Query', 'SubQuery'],
  'lib/record-reference': ['RecordReference'],
  'lib/api/bulk2': ['BulkV2', 'QueryJobV2', 'IngestJobV2'],
  'lib/api/bulk': ['Bulk', 'Job', 'Batch'],
  'lib/process': ['ProcessRule', 'ApprovalProcess'],
  'lib/quick-action': ['QuickAction'],
  'lib/api/analytics': ['Analytics', 'Report', 'ReportInstance', 'Dashboard'],
  'lib/api/apex': ['Apex'],
  'lib/api/chatter': ['Chatter', 'Resource'],
  'lib/api/metadata': ['MetadataApi', 'AsyncResultLocator', 'RetrieveResultLocator', 'DeployResultLocator'],
  'lib/api/soap': ['SoapApi'],
  'lib/api/streaming': ['Streaming'],
  'lib/api/tooling': ['Tooling'],
};

// APIs that the fake leaves out as a whole: one call stands for all methods of their classes.
const PROBES = {
  ProcessRule: (c) => c.process.rule.list(),
  ApprovalProcess: (c) => c.process.approval.list(),
  QuickAction: (c) => c.quickAction('NewAccount').describe(),
  Analytics: (c) => c.analytics.reports(),
  Report: (c) => c.analytics.report('00O000000000001').describe(),
  ReportInstance: (c) => c.analytics.report('00O000000000001').instance('x').retrieve(),
  Dashboard: (c) => c.analytics.dashboard('01Z000000000001').describe(),
  Apex: (c) => c.apex.get('/anything'),
  Chatter: (c) => c.chatter.request({ method: 'GET', url: '/users/me' }),
  Resource: (c) => c.chatter.resource('/users/me').retrieve(),
  MetadataApi: (c) => c.metadata.describe(),
  AsyncResultLocator: (c) => c.metadata.checkStatus('x'),
  RetrieveResultLocator: (c) => c.metadata.retrieve({}),
  DeployResultLocator: (c) => c.metadata.deployRest(Buffer.from('x')),
  Tooling: (c) => c.tooling.query('SELECT Id FROM ApexClass'),
};

// What the declarations call private is no part of the client's interface.
function privates(path) {
  const text = readFileSync(join(folder, `${path}.d.ts`), 'utf8');
  const found = {};
  for (const part of text.split(/\bdeclare class /).slice(1)) {
    const names = [...part.matchAll(/^ {4}(?:private|protected) (?:static |readonly )*(\w+)/gm)].map((match) => match[1]);
    found[part.match(/^\w+/)[0]] = new Set(names);
  }
  return found;
}

function methods() {
  const found = [];
  for (const [path, names] of Object.entries(CLASSES)) {
    const [module, hidden] = [require(`./${path}.js`), privates(path)];
    for (const name of names) {
      const own = Object.getOwnPropertyDescriptors(module[name].prototype);
      for (const [method, { value }] of Object.entries(own)) {
        const shown = typeof value === 'function' && method !== 'constructor' && !method.startsWith('_');
        if (shown && !hidden[name]?.has(method)) found.push([name, method]);
      }
    }
  }
  return found;
}

// Some rejections inside jsforce reach nobody who waits for them.
process.on('unhandledRejection', () => {});

// A call that the vendor refuses too; the message says why.
class AsTheVendor extends Error {}

const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 20000).unref());

async function outcome(call, context) {
  try {
    await Promise.race([call(context), late()]);
    return 'passes';
  } catch (error) {
    if (error instanceof AsTheVendor) return `refused: ${error.message}`;
    const text = String(error?.message ?? error);
    const absent = text.match(/the fake of salesforce has no ([^"<]*)/);
    return absent ? `501: ${absent[1]}` : `fails: ${error?.name}: ${text.slice(0, 300)}`;
  }
}

const connect = (more = {}) => new jsforce.Connection({ instanceUrl: given.url, version: '60.0', ...more });
const oauth2 = () => new jsforce.OAuth2({ loginUrl: given.url, ...given.client });
const authorized = async () => {
  const connection = connect({ oauth2: { loginUrl: given.url, ...given.client } });
  await connection.authorize({ grant_type: 'client_credentials' });
  connection.bulk.pollInterval = connection.bulk2.pollInterval = 20;
  return connection;
};

const calls = { ...records, ...soap, ...transfers, ...streaming };
const { StreamingExtension } = require('./lib/api/streaming.js');
const context = { ...given, jsforce, StreamingExtension, connect, oauth2, authorized, assert, PassThrough, AsTheVendor, connection: await authorized() };
const outcomes = {};
for (const [name, method] of methods()) {
  const call = calls[`${name}.${method}`] ?? (PROBES[name] && (({ connection }) => PROBES[name](connection)));
  outcomes[`${name}.${method}`] = call ? await outcome(call, context) : 'fails: no call';
}
const unknown = Object.keys(calls).filter((name) => !(name in outcomes));
assert.deepEqual(unknown, [], 'calls of methods that jsforce does not have');
process.stdout.write(JSON.stringify(outcomes));
process.exit(0);
