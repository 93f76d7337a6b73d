// Calls every public method of @hubspot/api-client against the fake, unmodified, and prints what became of each.
//
//     node hubspot_calls.mjs PACKAGE '{"url": ..., "credentials": {...}, "deal": ..., "company": ...}'
//
// Of an API that the fake leaves out, one call stands for all methods.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [folder, given] = process.argv.slice(2);
const { url, credentials, deal, company } = JSON.parse(given);
const { Client } = createRequire(import.meta.url)(folder);
const client = new Client({
  accessToken: credentials.access_token,
  developerApiKey: credentials.developer_api_key,
  basePath: url,
});

const PRIMARY = [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 5 }];
const STAGE = { label: 'Stage', displayOrder: 9, metadata: { probability: '0.5' } };
let number = 0;
const unique = () => `node${(number += 1)}@example.com`;
const name = () => unique().split('@')[0];

const calls = {};

/** The calls of the APIs of an object; `first` are the arguments that name it. */
function ofObject(path, fresh, property, first = []) {
  const basic = path.split('.').reduce((at, part) => at[part], client).basicApi;
  const make = async () => (await basic.create(...first, { properties: { ...fresh, [property]: unique() } })).id;
  const inputs = async () => [{ id: await make() }, { id: await make() }];
  Object.assign(calls, {
    [`${path}.basicApi.create`]: make,
    [`${path}.basicApi.getById`]: async (api) => {
      const id = await make();
      assert.equal((await api.getById(...first, id)).id, id);
    },
    [`${path}.basicApi.getPage`]: async (api) => assert.equal((await api.getPage(...first, 1)).results.length, 1),
    [`${path}.basicApi.update`]: async (api) => {
      const value = unique();
      const done = await api.update(...first, await make(), { properties: { [property]: value } });
      assert.equal(done.properties[property], value);
    },
    [`${path}.basicApi.archive`]: async (api) => {
      const id = await make();
      await api.archive(...first, id);
      await assert.rejects(api.getById(...first, id), /404/);
    },
    [`${path}.basicApi.merge`]: async (api) => {
      const ids = [await make(), await make()];
      const merged = await api.merge({ primaryObjectId: ids[0], objectIdToMerge: ids[1] });
      assert.ok(!ids.includes(merged.id));
    },
    [`${path}.batchApi.create`]: async (api) => {
      const made = await api.create(...first, { inputs: [{ properties: fresh, associations: [] }] });
      assert.equal(made.status, 'COMPLETE');
    },
    [`${path}.batchApi.read`]: async (api) => {
      const wanted = { inputs: await inputs(), properties: [property], propertiesWithHistory: [] };
      assert.equal((await api.read(...first, wanted)).results.length, 2);
    },
    [`${path}.batchApi.update`]: async (api) => {
      const value = unique();
      const done = await api.update(...first, { inputs: [{ id: await make(), properties: { [property]: value } }] });
      assert.equal(done.results[0].properties[property], value);
    },
    [`${path}.batchApi.upsert`]: async (api) => {
      const wanted = { inputs: [{ id: unique(), idProperty: property, properties: fresh }] };
      assert.equal((await api.upsert(...first, wanted)).results[0]._new, true);
      assert.equal((await api.upsert(...first, wanted)).results[0]._new, false);
    },
    [`${path}.batchApi.archive`]: async (api) => api.archive(...first, { inputs: await inputs() }),
    [`${path}.searchApi.doSearch`]: async (api) => {
      await make();
      const filterGroups = [{ filters: [{ propertyName: property, operator: 'HAS_PROPERTY' }] }];
      const found = await api.doSearch(...first, { filterGroups, sorts: ['-createdate'], limit: 5, properties: [property] });
      assert.ok(found.results[0].properties[property]);
    },
  });
}

ofObject('crm.deals', { dealname: 'New', dealstage: 'contractsent' }, 'erp_order_id');
ofObject('crm.companies', { name: 'New' }, 'erp_customer_id');
ofObject('crm.contacts', { firstname: 'New' }, 'email');
ofObject('crm.lineItems', { name: 'New' }, 'erp_id');
ofObject('crm.products', { name: 'New' }, 'erp_id');
ofObject('crm.objects', { dealname: 'New', dealstage: 'contractsent' }, 'erp_order_id', ['deals']);

const ends = ['deals', 'companies'];
const pair = { _from: { id: deal }, to: { id: company } };
const label = () => ({ name: name(), label: unique(), inverseLabel: unique() });
const labelled = async (api) => (await api.create(...ends, label())).results[0].typeId;
Object.assign(calls, {
  'crm.associations.batchApi.create': (api) => api.create(...ends, { inputs: [{ ...pair, type: 'deal_to_company' }] }),
  'crm.associations.batchApi.read': async (api) =>
    assert.ok((await api.read(...ends, { inputs: [{ id: deal }] })).results[0].to.length),
  'crm.associations.batchApi.archive': (api) => api.archive(...ends, { inputs: [{ ...pair, type: 'deal_to_company' }] }),
  'crm.associations.schema.typesApi.getAll': async (api) => assert.ok((await api.getAll(...ends)).results.length),
  'crm.associations.v4.basicApi.create': async (api) =>
    assert.deepEqual((await api.create('deals', deal, 'companies', company, PRIMARY)).labels, ['Primary']),
  'crm.associations.v4.basicApi.createDefault': async (api) =>
    assert.equal((await api.createDefault('deals', deal, 'companies', company)).results.length, 2),
  'crm.associations.v4.basicApi.getPage': async (api) =>
    assert.equal((await api.getPage('deals', deal, 'line_items')).results[0].associationTypes[0].typeId, 19),
  'crm.associations.v4.basicApi.archive': (api) => api.archive('deals', deal, 'companies', company),
  'crm.associations.v4.batchApi.create': async (api) =>
    assert.deepEqual((await api.create(...ends, { inputs: [{ ...pair, types: PRIMARY }] })).results[0].labels, ['Primary']),
  'crm.associations.v4.batchApi.createDefault': async (api) =>
    assert.equal((await api.createDefault(...ends, { inputs: [pair] })).results.length, 2),
  'crm.associations.v4.batchApi.getPage': async (api) =>
    assert.ok((await api.getPage('deals', 'line_items', { inputs: [{ id: deal }] })).results[0].to.length),
  'crm.associations.v4.batchApi.archiveLabels': (api) => api.archiveLabels(...ends, { inputs: [{ ...pair, types: PRIMARY }] }),
  'crm.associations.v4.batchApi.archive': (api) => api.archive(...ends, { inputs: [{ ...pair, to: [{ id: company }] }] }),
  'crm.associations.v4.schema.definitionsApi.create': labelled,
  'crm.associations.v4.schema.definitionsApi.getAll': async (api) => assert.ok((await api.getAll(...ends)).results.length),
  'crm.associations.v4.schema.definitionsApi.update': async (api) =>
    api.update(...ends, { associationTypeId: await labelled(api), label: unique() }),
  'crm.associations.v4.schema.definitionsApi.remove': async (api) => api.remove(...ends, await labelled(api)),
});

const property = () => {
  const own = name();
  return { name: own, label: own, type: 'string', fieldType: 'text', groupName: 'dealinformation' };
};
const group = () => ({ name: name(), label: 'Group', displayOrder: 1 });
const made = async (api, body) => (await api.create('deals', body)).name;
const pipeline = async (api) => (await api.create('deals', { label: unique(), displayOrder: 1, stages: [STAGE] })).id;
const stage = async (api) => ['deals', 'default', (await api.create('deals', 'default', STAGE)).id];
const relabelled = async (reply) => assert.equal((await reply).label, 'X');
Object.assign(calls, {
  'crm.properties.coreApi.create': (api) => made(api, property()),
  'crm.properties.coreApi.getAll': async (api) => assert.ok((await api.getAll('deals')).results.length > 10),
  'crm.properties.coreApi.getByName': async (api) => assert.equal((await api.getByName('deals', 'amount')).type, 'number'),
  'crm.properties.coreApi.update': async (api) =>
    relabelled(api.update('deals', await made(api, property()), { label: 'X' })),
  'crm.properties.coreApi.archive': async (api) => api.archive('deals', await made(api, property())),
  'crm.properties.batchApi.create': (api) => api.create('deals', { inputs: [property()] }),
  'crm.properties.batchApi.read': async (api) =>
    assert.equal((await api.read('deals', { archived: false, inputs: [{ name: 'amount' }] })).results[0].name, 'amount'),
  'crm.properties.batchApi.archive': async (api) => {
    const own = property();
    await api.create('deals', { inputs: [own] });
    await api.archive('deals', { inputs: [{ name: own.name }] });
  },
  'crm.properties.groupsApi.create': (api) => made(api, group()),
  'crm.properties.groupsApi.getAll': async (api) => assert.ok((await api.getAll('deals')).results.length),
  'crm.properties.groupsApi.getByName': (api) => api.getByName('deals', 'dealinformation'),
  'crm.properties.groupsApi.update': async (api) => relabelled(api.update('deals', await made(api, group()), { label: 'X' })),
  'crm.properties.groupsApi.archive': async (api) => api.archive('deals', await made(api, group())),
  'crm.pipelines.pipelinesApi.create': pipeline,
  'crm.pipelines.pipelinesApi.getAll': async (api) => assert.equal((await api.getAll('deals')).results[0].id, 'default'),
  'crm.pipelines.pipelinesApi.getById': async (api) => assert.ok((await api.getById('deals', 'default')).stages.length),
  'crm.pipelines.pipelinesApi.replace': async (api) =>
    relabelled(api.replace('deals', await pipeline(api), { label: 'X', displayOrder: 2, stages: [STAGE] })),
  'crm.pipelines.pipelinesApi.update': async (api) => relabelled(api.update('deals', await pipeline(api), { label: 'X' })),
  'crm.pipelines.pipelinesApi.archive': async (api) => api.archive('deals', await pipeline(api)),
  'crm.pipelines.pipelineStagesApi.create': stage,
  'crm.pipelines.pipelineStagesApi.getAll': async (api) => assert.ok((await api.getAll('deals', 'default')).results.length),
  'crm.pipelines.pipelineStagesApi.getById': async (api) =>
    assert.equal((await api.getById('deals', 'default', 'closedwon')).metadata.isClosed, 'true'),
  'crm.pipelines.pipelineStagesApi.replace': async (api) =>
    relabelled(api.replace(...(await stage(api)), { ...STAGE, label: 'X' })),
  'crm.pipelines.pipelineStagesApi.update': async (api) => relabelled(api.update(...(await stage(api)), { label: 'X' })),
  'crm.pipelines.pipelineStagesApi.archive': async (api) => api.archive(...(await stage(api))),
  'crm.pipelines.pipelineAuditsApi.getAudit': (api) => api.getAudit('deals', 'default'),
  'crm.pipelines.pipelineStageAuditsApi.getAudit': (api) => api.getAudit('deals', 'closedwon'),
  'crm.owners.ownersApi.getPage': async (api) => assert.ok((await api.getPage()).results.length),
  'crm.owners.ownersApi.getById': async (api) => api.getById(Number((await api.getPage()).results[0].id)),
});

const app = Number(credentials.app_id);
const settings = { targetUrl: 'https://example.com/hooks', throttling: { maxConcurrentRequests: 10 } };
const subscription = async (api) => Number((await api.create(app, { eventType: 'deal.creation', active: true })).id);
const token = async () => {
  const { client_id: id, client_secret: secret, refresh_token: refresh } = credentials;
  const reply = await client.oauth.tokensApi.create('refresh_token', undefined, undefined, id, secret, refresh);
  return reply.accessToken;
};
Object.assign(calls, {
  'oauth.tokensApi.create': async () => assert.ok(await token()),
  'oauth.accessTokensApi.get': async (api) => assert.ok((await api.get(await token())).scopes.length),
  'oauth.refreshTokensApi.get': async (api) =>
    assert.equal((await api.get(credentials.refresh_token)).clientId, credentials.client_id),
  'oauth.refreshTokensApi.archive': (api) => api.archive('nothing'),
  'webhooks.settingsApi.configure': (api) => api.configure(app, settings),
  'webhooks.settingsApi.getAll': async (api) => {
    await api.configure(app, settings);
    assert.equal((await api.getAll(app)).throttling.maxConcurrentRequests, 10);
  },
  'webhooks.settingsApi.clear': (api) => api.clear(app),
  'webhooks.subscriptionsApi.create': subscription,
  'webhooks.subscriptionsApi.getAll': async (api) => assert.ok((await api.getAll(app)).results.length),
  'webhooks.subscriptionsApi.getById': async (api) =>
    assert.equal((await api.getById(await subscription(api), app)).eventType, 'deal.creation'),
  'webhooks.subscriptionsApi.update': async (api) =>
    assert.equal((await api.update(await subscription(api), app, { active: false })).active, false),
  'webhooks.subscriptionsApi.updateBatch': async (api) =>
    api.updateBatch(app, { inputs: [{ id: await subscription(api), active: false }] }),
  'webhooks.subscriptionsApi.archive': async (api) => api.archive(await subscription(api), app),
});

/** Every API of the client by the path at which it is found. */
function* apis(at, path) {
  const getters = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(at)));
  const names = [...Object.keys(at), ...getters.filter(([, each]) => each.get).map(([each]) => each)];
  for (const each of names) {
    const below = at[each];
    if (each.startsWith('_') || each === 'config' || below === null || typeof below !== 'object') continue;
    const here = [...path, each];
    if (each.endsWith('Api')) yield [here.join('.'), below];
    else yield* apis(below, here);
  }
}

async function outcome(call) {
  try {
    await call();
    return 'passes';
  } catch (problem) {
    const body = typeof problem.body === 'string' ? JSON.parse(problem.body) : problem.body;
    if (problem.code === 501) return `501: ${body.message.replace('the fake of hubspot has no ', '')}`;
    return `fails: ${String(problem.message).slice(0, 300)}`;
  }
}

const methods = (api) =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(api)).filter(
    (each) => each !== 'constructor' && !each.startsWith('_') && !each.endsWith('WithHttpInfo'),
  );
const shortest = (api, names) => [...names].sort((a, b) => api[a].length - api[b].length)[0];
/** A method called with anything for what it needs. */
const dummy = (api, method) => api[method](...Array.from({ length: api[method].length }, () => '1'));

const outcomes = {};
for (const [path, api] of apis(client, [])) {
  const [at, own] = [path.split('.').slice(0, -1).join('/'), path.split('.').at(-1)];
  const known = methods(api).filter((method) => calls[`${path}.${method}`]);
  for (const method of known) outcomes[`${at} ${own}.${method}`] = await outcome(() => calls[`${path}.${method}`](api));
  const left = methods(api).filter((method) => !known.includes(method));
  if (left.length && !known.length) outcomes[`${at} ${own}.all`] = await outcome(() => dummy(api, shortest(api, left)));
  else for (const method of left) outcomes[`${at} ${own}.${method}`] = await outcome(() => dummy(api, method));
}
process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(outcomes).sort(([a], [b]) => (a < b ? -1 : 1)))));
