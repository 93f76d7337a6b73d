// Calls every public method of dynamics-web-api against the fake, unmodified, and prints what became of each.
//
//     node dynamics_web_api_calls.mjs PACKAGE '{"url": ..., "token": ..., "deal": ..., "account": ..., "user": ...}'

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [folder, given] = process.argv.slice(2);
const { url, token, deal, account } = JSON.parse(given);
const { DynamicsWebApi } = createRequire(import.meta.url)(folder);
const config = {
  serverUrl: url,
  dataApi: { version: '9.2' },
  onTokenRefresh: async () => token,
};
const api = new DynamicsWebApi(config);

let number = 0;
const unique = () => `Node ${(number += 1)}`;
const made = async () =>
  (await api.create({ collection: 'accounts', data: { name: unique() }, returnRepresentation: true })).accountid;
const contact = async () =>
  (await api.create({ collection: 'contacts', data: { firstname: unique() }, returnRepresentation: true })).contactid;
const read = (key, select = ['name']) => api.retrieve({ collection: 'accounts', key, select });
const FORMATTED = '@OData.Community.Display.V1.FormattedValue';

const calls = {
  create: async () => {
    const id = await api.create({ collection: 'accounts', data: { name: unique() } });
    assert.match(id, /^[0-9a-f-]{36}$/);
    const deep = await api.create({
      collection: 'opportunities',
      data: {
        name: unique(),
        'customerid_account@odata.bind': `accounts(${account})`,
        product_opportunities: [{ 'productid@odata.bind': "/products(productnumber='SKU-1')", quantity: 2 }],
      },
      returnRepresentation: true,
      select: ['totalamount'],
    });
    assert.equal(deep.totalamount, 10);
  },
  retrieve: async () => {
    const found = await api.retrieve({
      collection: 'opportunities',
      key: deal,
      select: ['name', 'statecode', '_customerid_value'],
      expand: [{ property: 'product_opportunities', select: ['quantity'] }],
      includeAnnotations: '*',
    });
    assert.equal(found[`statecode${FORMATTED}`], 'Won');
    assert.equal(found.product_opportunities.length, 1);
    const byKey = await api.retrieve({ collection: 'accounts', key: "accountnumber='A-1'", select: ['name'] });
    assert.equal(byKey.name, 'Northwind');
    const same = await api.retrieve({ collection: 'accounts', key: account, ifnonematch: (await read(account))['@odata.etag'] });
    assert.equal(same, undefined);
  },
  update: async () => {
    const [key, name] = [await made(), unique()];
    assert.equal(await api.update({ collection: 'accounts', key, data: { name } }), true);
    const shown = await api.update({
      collection: 'accounts', key, data: { telephone1: '1' }, returnRepresentation: true, select: ['name', 'telephone1'],
    });
    assert.deepEqual([shown.name, shown.telephone1], [name, '1']);
    // Of somebody else's version the client says that nothing was done.
    assert.equal(await api.update({ collection: 'accounts', key, data: { name }, ifmatch: 'W/"1"' }), false);
  },
  updateSingleProperty: async () => {
    const [key, name] = [await made(), unique()];
    await api.updateSingleProperty({ collection: 'accounts', key, fieldValuePair: { name } });
    assert.equal((await read(key)).name, name);
  },
  deleteRecord: async () => {
    const key = await made();
    await api.update({ collection: 'accounts', key, data: { telephone1: '1' } });
    await api.deleteRecord({ collection: 'accounts', key, property: 'telephone1' });
    assert.equal((await read(key, ['telephone1'])).telephone1, null);
    await api.deleteRecord({ collection: 'accounts', key });
    await assert.rejects(read(key), (problem) => problem.status === 404 && problem.code === '0x80040217');
  },
  upsert: async () => {
    const key = `accountnumber='${unique()}'`;
    await api.upsert({ collection: 'accounts', key, data: { name: 'Upserted' } });
    assert.equal((await read(key)).name, 'Upserted');
    assert.equal(await api.upsert({ collection: 'accounts', key, data: { name: 'X' }, ifnonematch: '*' }), null);
    assert.equal(await api.upsert({ collection: 'accounts', key: "accountnumber='nobody'", data: { name: 'X' }, ifmatch: '*' }), null);
  },
  retrieveMultiple: async () => {
    const wanted = { collection: 'accounts', select: ['name'], maxPageSize: 2, count: true, orderBy: ['name asc'] };
    await made();
    await made();
    const first = await api.retrieveMultiple(wanted);
    assert.equal(first.value.length, 2);
    assert.ok(first.oDataCount > 2);
    assert.ok((await api.retrieveMultiple(wanted, first.oDataNextLink)).value.length);
    const tracked = await api.retrieveMultiple({ collection: 'accounts', select: ['name'], trackChanges: true });
    const key = await made();
    const changed = await api.retrieveMultiple({ collection: 'accounts' }, tracked.oDataDeltaLink);
    assert.deepEqual(changed.value.map((each) => each.accountid), [key]);
  },
  retrieveAll: async () => assert.ok((await api.retrieveAll({ collection: 'accounts', select: ['name'] })).value.length > 2),
  count: async () => {
    assert.ok((await api.count({ collection: 'accounts' })) > 2);
    assert.equal(await api.count({ collection: 'accounts', filter: "accountnumber eq 'A-1'" }), 1);
  },
  countAll: async () => assert.equal(await api.countAll({ collection: 'accounts', filter: "accountnumber eq 'A-1'" }), 1),
  associate: async () => {
    const [primaryKey, relatedKey] = [await made(), await contact()];
    const pair = { collection: 'accounts', primaryKey, relationshipName: 'contact_customer_accounts' };
    await api.associate({ ...pair, relatedCollection: 'contacts', relatedKey });
    const found = await api.retrieve({ collection: 'contacts', key: relatedKey, select: ['_parentcustomerid_value'] });
    assert.equal(found._parentcustomerid_value, primaryKey);
  },
  disassociate: async () => {
    const [primaryKey, relatedKey] = [await made(), await contact()];
    const pair = { collection: 'accounts', primaryKey, relationshipName: 'contact_customer_accounts', relatedKey };
    await api.associate({ ...pair, relatedCollection: 'contacts' });
    await api.disassociate(pair);
    const found = await api.retrieve({ collection: 'contacts', key: relatedKey, select: ['_parentcustomerid_value'] });
    assert.equal(found._parentcustomerid_value, null);
  },
  associateSingleValued: async () => {
    const [primaryKey, relatedKey] = [await made(), await contact()];
    const pair = { collection: 'accounts', primaryKey, navigationProperty: 'primarycontactid' };
    await api.associateSingleValued({ ...pair, relatedCollection: 'contacts', relatedKey });
    assert.equal((await read(primaryKey, ['_primarycontactid_value']))._primarycontactid_value, relatedKey);
  },
  disassociateSingleValued: async () => {
    const [primaryKey, relatedKey] = [await made(), await contact()];
    const pair = { collection: 'accounts', primaryKey, navigationProperty: 'primarycontactid' };
    await api.associateSingleValued({ ...pair, relatedCollection: 'contacts', relatedKey });
    await api.disassociateSingleValued(pair);
    assert.equal((await read(primaryKey, ['_primarycontactid_value']))._primarycontactid_value, null);
  },
  callFunction: async () => assert.match((await api.callFunction('WhoAmI')).UserId, /^[0-9a-f-]{36}$/),
  callAction: async () => {
    const data = { name: unique(), 'customerid_account@odata.bind': `accounts(${account})` };
    const key = await api.create({ collection: 'opportunities', data });
    const closing = { subject: 'Won', 'opportunityid@odata.bind': `/opportunities(${key})`, actualrevenue: 5 };
    await api.callAction({ actionName: 'WinOpportunity', action: { Status: 3, OpportunityClose: closing } });
    const won = await api.retrieve({ collection: 'opportunities', key, select: ['statecode', 'actualvalue'] });
    assert.deepEqual([won.statecode, won.actualvalue], [1, 5]);
  },
  retrieveEntity: async () => {
    const found = await api.retrieveEntity({ key: "LogicalName='account'", select: ['EntitySetName'] });
    assert.equal(found.EntitySetName, 'accounts');
  },
  retrieveEntities: async () => assert.ok((await api.retrieveEntities({ select: ['LogicalName'] })).value.length > 5),
  retrieveAttributes: async () => {
    const found = await api.retrieveAttributes({ entityKey: "LogicalName='account'", select: ['LogicalName'] });
    assert.ok(found.value.some((each) => each.LogicalName === 'accountnumber'));
  },
  retrieveAttribute: async () => {
    const of = { entityKey: "LogicalName='account'", attributeKey: "LogicalName='name'", select: ['AttributeType'] };
    assert.equal((await api.retrieveAttribute(of)).AttributeType, 'String');
  },
  retrieveCsdlMetadata: async () => assert.match(await api.retrieveCsdlMetadata(), /EntitySet Name="opportunities"/),
  startBatch: async () => {
    api.startBatch();
    api.retrieveMultiple({ collection: 'accounts', select: ['name'], top: 1 });
    api.retrieve({ collection: 'opportunities', key: deal, select: ['name'] });
    const [accounts, found] = await api.executeBatch();
    assert.equal(accounts.value.length, 1);
    assert.equal(found.opportunityid, deal);
  },
  executeBatch: async () => {
    const name = unique();
    api.startBatch();
    api.create({ collection: 'accounts', data: { name }, contentId: '1' });
    api.create({ collection: 'contacts', data: { firstname: name, 'parentcustomerid_account@odata.bind': '$1' } });
    const [id] = await api.executeBatch();
    assert.match(id, /^[0-9a-f-]{36}$/);
    const filter = `firstname eq '${name}' and _parentcustomerid_value eq ${id}`;
    assert.equal(await api.count({ collection: 'contacts', filter }), 1);
    api.startBatch();
    api.create({ collection: 'accounts', data: { name: unique() } });
    api.create({ collection: 'accounts', data: { nosuch: 1 } });
    await assert.rejects(api.executeBatch(), (problem) => [].concat(problem)[0].status === 400);
  },
  initializeInstance: async () => {
    assert.match((await api.initializeInstance().callFunction('WhoAmI')).UserId, /^[0-9a-f-]{36}$/);
  },
  setConfig: async () => {
    const other = new DynamicsWebApi({ ...config, onTokenRefresh: async () => 'nobody' });
    await assert.rejects(other.callFunction('WhoAmI'), (problem) => problem.status === 401);
    other.setConfig(config);
    assert.ok(await other.callFunction('WhoAmI'));
  },
  'Utility.getCollectionName': async () => {
    const named = api.initializeInstance({ ...config, useEntityNames: true });
    assert.ok((await named.retrieveMultiple({ collection: 'account', select: ['name'] })).value.length);
    assert.equal(named.Utility.getCollectionName('account'), 'accounts');
  },
  'Utility.toAbsoluteUrl': async () => assert.equal(api.Utility.toAbsoluteUrl('accounts'), `${url}/api/data/v9.2/accounts`),
};

/** Calls of what the fake leaves out. */
const id = "LogicalName='new_x'";
const left = {
  uploadFile: () => api.uploadFile({ collection: 'accounts', key: account, property: 'new_file', fileName: 'a', data: Buffer.from('x') }),
  downloadFile: () => api.downloadFile({ collection: 'accounts', key: account, property: 'new_file' }),
  fetch: () => api.fetch({ collection: 'accounts', fetchXml: '<fetch><entity name="account"/></fetch>' }),
  fetchAll: () => api.fetchAll({ collection: 'accounts', fetchXml: '<fetch><entity name="account"/></fetch>' }),
  createEntity: () => api.createEntity({ data: { LogicalName: 'new_x' } }),
  updateEntity: () => api.updateEntity({ data: { MetadataId: account, LogicalName: 'new_x' } }),
  createAttribute: () => api.createAttribute({ entityKey: id, data: { LogicalName: 'new_y' } }),
  updateAttribute: () => api.updateAttribute({ entityKey: id, data: { MetadataId: account } }),
  createRelationship: () => api.createRelationship({ data: { SchemaName: 'new_r' } }),
  updateRelationship: () => api.updateRelationship({ data: { MetadataId: account } }),
  deleteRelationship: () => api.deleteRelationship({ key: account }),
  retrieveRelationships: () => api.retrieveRelationships(),
  retrieveRelationship: () => api.retrieveRelationship({ key: account }),
  createGlobalOptionSet: () => api.createGlobalOptionSet({ data: { Name: 'new_o' } }),
  updateGlobalOptionSet: () => api.updateGlobalOptionSet({ data: { MetadataId: account } }),
  deleteGlobalOptionSet: () => api.deleteGlobalOptionSet({ key: account }),
  retrieveGlobalOptionSet: () => api.retrieveGlobalOptionSet({ key: account }),
  retrieveGlobalOptionSets: () => api.retrieveGlobalOptionSets(),
  search: () => api.search('acme'),
  query: () => api.query('acme'),
  suggest: () => api.suggest('acme'),
  autocomplete: () => api.autocomplete('acme'),
  getBackgroundOperationStatus: () => api.getBackgroundOperationStatus(account),
  cancelBackgroundOperation: () => api.cancelBackgroundOperation(account),
};

async function outcome(call) {
  try {
    await call();
    return 'passes';
  } catch (problem) {
    const text = String(problem.message ?? JSON.stringify(problem));
    if (problem.status === 404 && call.name.endsWith('loadFile')) return 'refused: no column of the fake is a file';
    if (problem.status === 501) return `501: ${text.replace('the fake of dataverse has no ', '')}`;
    return `fails: ${text.slice(0, 300)}`;
  }
}

const known = Object.keys(api).flatMap((each) =>
  each === 'Utility' ? Object.keys(api.Utility).map((name) => `Utility.${name}`) : [each],
);
const outcomes = {};
for (const method of known.sort()) {
  const call = calls[method] ?? left[method];
  const kind = method.includes('.') ? method : `DynamicsWebApi.${method}`;
  outcomes[kind] = call ? await outcome(call) : 'fails: no call of it here';
}
process.stdout.write(JSON.stringify(outcomes));
