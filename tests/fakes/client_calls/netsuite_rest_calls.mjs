// Calls every public method of netsuite-rest against the fake, unmodified, and prints what became of each.
//
//     node netsuite_rest_calls.mjs PACKAGE '{"url": ..., "credentials": {...}}'

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [folder, given] = process.argv.slice(2);
const { url, credentials } = JSON.parse(given);
const NetsuiteRest = createRequire(import.meta.url)(folder);
const client = new NetsuiteRest({
  consumer_key: credentials.consumer_key,
  consumer_secret_key: credentials.consumer_secret,
  token: credentials.token_id,
  token_secret: credentials.token_secret,
  realm: credentials.account,
  base_url: url,
});
const order = {
  entity: { externalId: 'A-1' },
  item: { items: [{ item: { externalId: 'SKU-1' }, quantity: 2 }] },
};

const calls = {
  getAuthorizationHeader: async () => {
    const header = client.getAuthorizationHeader({ url: `${url}/services/rest/record/v1/customer`, method: 'GET' });
    assert.match(header.Authorization, /^OAuth realm=/);
  },
  request: async () => {
    await client.request({ path: 'record/v1/salesOrder/eid:C-5', method: 'PUT', body: JSON.stringify(order) });
    const read = await client.request({ path: 'record/v1/salesOrder/eid:C-5' });
    assert.equal(read.data.externalId, 'C-5');
    const body = JSON.stringify({ q: "SELECT externalid FROM transaction WHERE externalid = 'C-5'" });
    const found = await client.request({ path: 'query/v1/suiteql?limit=5', method: 'POST', body });
    assert.deepEqual(found.data.items.map((row) => row.externalid), ['C-5']);
    await assert.rejects(client.request({ path: 'record/v1/salesOrder/eid:none' }), /404/);
  },
};

const outcomes = {};
for (const name of Object.getOwnPropertyNames(NetsuiteRest.prototype)) {
  if (name === 'constructor') continue;
  try {
    await calls[name]();
    outcomes[`NetsuiteRest.${name}`] = 'passes';
  } catch (problem) {
    outcomes[`NetsuiteRest.${name}`] = `fails: ${problem.message.slice(0, 300)}`;
  }
}
process.stdout.write(JSON.stringify(outcomes));
