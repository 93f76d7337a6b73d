// Calls that ordinary syncs make by jsforce, written from its documentation (jsforce.github.io/document), against the
// fake of Salesforce. Prints {"name": "passes" | what became of it}.
//
//     node jsforce_ordinary.mjs FOLDER_OF_JSFORCE {"url": ..., "account": ID, "deal": ID}

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, given] = [process.argv[2], JSON.parse(process.argv[3])];
const jsforce = createRequire(join(folder, 'package.json'))('./lib/index.js');
process.on('unhandledRejection', () => {});

const c = new jsforce.Connection({ instanceUrl: given.url, version: '60.0', oauth2: { loginUrl: given.url, ...given.client } });
await c.authorize({ grant_type: 'client_credentials' });
c.bulk.pollInterval = c.bulk2.pollInterval = 20;

const { account, deal } = given;
const O = () => c.sobject('Opportunity');
const A = () => c.sobject('Account');
const some = async (rows) => assert.ok((await rows).length >= 0);
const found = (soql) => async () => assert.ok(Array.isArray((await c.query(soql)).records));
const fresh = async (more = {}) => (await A().create({ Name: 'Fresh', ...more })).id;
const refused = (call, errorCode) => async () => assert.rejects(call, (error) => [].concat(errorCode).includes(error.errorCode));
const bulk = async (operation, rows, more = {}) => c.bulk2.loadAndWaitForResults({ object: 'Account', operation, input: rows, pollTimeout: 20000, ...more });

// -- one statement each ------------------------------------------------------------------------------
const SOQL = `
SELECT Id, Name FROM Account LIMIT 10
SELECT Id FROM Opportunity WHERE StageName = 'Closed Won'
SELECT Id FROM Opportunity WHERE IsWon = true AND Amount > 5
SELECT Id FROM Opportunity WHERE CloseDate = THIS_YEAR
SELECT Id FROM Opportunity WHERE CloseDate >= 2024-01-01 ORDER BY CloseDate DESC NULLS LAST
SELECT Id FROM Opportunity WHERE SystemModstamp > 2024-01-01T00:00:00Z ORDER BY SystemModstamp LIMIT 200
SELECT Id FROM Opportunity WHERE LastModifiedDate = LAST_N_DAYS:7
SELECT Id FROM Opportunity WHERE CreatedDate = TODAY
SELECT Id, Account.Name, Owner.Name FROM Opportunity
SELECT Id, Account.Name, Account.BillingCountry FROM Opportunity WHERE Account.Name LIKE 'North%'
SELECT Id, (SELECT Id, Quantity, UnitPrice, TotalPrice FROM OpportunityLineItems) FROM Opportunity
SELECT Id, (SELECT Id, Amount FROM Opportunities WHERE IsWon = true) FROM Account
SELECT COUNT() FROM Opportunity
SELECT COUNT(Id) total FROM Opportunity
SELECT AccountId, SUM(Amount) FROM Opportunity GROUP BY AccountId
SELECT StageName, COUNT(Id), MAX(Amount) FROM Opportunity GROUP BY StageName HAVING COUNT(Id) > 0
SELECT CALENDAR_YEAR(CloseDate), SUM(Amount) FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate)
SELECT COUNT_DISTINCT(AccountId) FROM Opportunity
SELECT Id FROM Opportunity WHERE AccountId IN (SELECT Id FROM Account WHERE Name LIKE '%o%')
SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Opportunity WHERE IsWon = false)
SELECT Id FROM Opportunity WHERE StageName IN ('Closed Won', 'Closed Lost')
SELECT Id FROM Opportunity WHERE StageName NOT IN ('Prospecting')
SELECT Id FROM Opportunity WHERE NOT (Amount < 5 OR Amount = null)
SELECT Id FROM Opportunity WHERE Name LIKE 'De_l%'
SELECT Id FROM Opportunity WHERE ERP_Order_Id__c = null
SELECT Id FROM Opportunity WHERE ERP_Order_Id__c != null
SELECT Id, toLabel(StageName) FROM Opportunity
SELECT Id, FORMAT(Amount) shown FROM Opportunity
SELECT FIELDS(ALL) FROM Opportunity LIMIT 200
SELECT FIELDS(STANDARD) FROM Account LIMIT 5
SELECT FIELDS(CUSTOM) FROM Opportunity LIMIT 5
SELECT Id FROM Opportunity ORDER BY Name ASC LIMIT 1 OFFSET 1
SELECT Id FROM Opportunity LIMIT 1 FOR UPDATE
SELECT Id FROM Opportunity ALL ROWS
SELECT Id, ProductCode, PricebookEntry.Product2.Name FROM OpportunityLineItem
SELECT Id, OpportunityId, Opportunity.Account.Name FROM OpportunityLineItem
SELECT Id, UnitPrice, Product2.ProductCode, CurrencyIsoCode FROM PricebookEntry WHERE IsActive = true
SELECT Id, Name, ProductCode FROM Product2 WHERE ProductCode = 'SKU-1'
SELECT Id, Name, IsStandard FROM Pricebook2
SELECT Id, Username FROM User WHERE IsActive = true
SELECT Id, Name, IsSandbox, DefaultCurrencyIsoCode FROM Organization
SELECT Id FROM Opportunity WHERE Account.BillingCountry = null AND Amount >= 1.5
SELECT Id, Name FROM Contact
SELECT Id, DeveloperName FROM RecordType WHERE SobjectType = 'Opportunity'
SELECT o.Id, a.Name FROM Opportunity o, o.Account a
`.trim().split('\n');

const CALLS = [
  ...SOQL.map((soql) => [soql, found(soql)]),
  // -- queries by methods ----------------------------------------------------------------------------
  ['find({})', () => some(O().find({}))],
  ['find by value', () => some(O().find({ StageName: 'Closed Won' }))],
  ['find some fields', () => some(O().find({ IsWon: true }, ['Id', 'Name']))],
  ['find some fields as text', () => some(O().find({ IsWon: true }, 'Id, Name'))],
  ['find $gt', () => some(O().find({ Amount: { $gt: 1 } }))],
  ['find $gte and $lte', () => some(O().find({ Amount: { $gte: 1, $lte: 100 } }))],
  ['find $like', () => some(O().find({ Name: { $like: 'De%' } }))],
  ['find $in', () => some(O().find({ StageName: { $in: ['Closed Won', 'Closed Lost'] } }))],
  ['find $nin', () => some(O().find({ StageName: { $nin: ['Prospecting'] } }))],
  ['find $ne', () => some(O().find({ Name: { $ne: 'x' } }))],
  ['find $exists', () => some(O().find({ ERP_Order_Id__c: { $exists: false } }))],
  ['find $or', () => some(O().find({ $or: [{ Name: 'a' }, { Name: 'Deal' }] }))],
  ['find $and', () => some(O().find({ $and: [{ IsWon: true }, { Amount: { $gt: 0 } }] }))],
  ['find a date', () => some(O().find({ CloseDate: { $gte: jsforce.Date.toDateLiteral(new Date(2024, 0, 1)) } }))],
  ['find TODAY', () => some(O().find({ CreatedDate: jsforce.Date.TODAY }))],
  ['find YESTERDAY', () => some(O().find({ CreatedDate: { $gt: jsforce.Date.YESTERDAY } }))],
  ['find LAST_N_DAYS', () => some(O().find({ CreatedDate: { $gte: jsforce.Date.LAST_N_DAYS(3) } }))],
  ['find sort', () => some(O().find({}).sort({ CreatedDate: -1, Name: 1 }))],
  ['find limit and skip', () => some(O().find({}).limit(5).skip(1))],
  ['find select', () => some(O().find({}).select('Id, Account.Name'))],
  ['find include', () => some(O().find({}).select('Id').include('OpportunityLineItems').select('Id, Quantity').end())],
  ['find count', async () => assert.ok((await O().count({ IsWon: true })) >= 1)],
  ['findOne', async () => assert.equal((await O().findOne({ Id: deal })).Id, deal)],
  ['find of a parent', () => some(O().find({ 'Account.Name': 'Northwind' }))],
  ['select.where.orderby', () => some(O().select('Id, Name').where("Name LIKE 'D%'").orderby('Name', 'DESC').limit(3))],
  ['select *', () => some(O().select('*').limit(2))],
  ['select.execute', () => some(O().select('Id').execute({ autoFetch: true, maxFetch: 10 }))],
  ['query stream', () => new Promise((done, fail) => c.query('SELECT Id FROM Product2').on('end', done).on('error', fail).run({ autoFetch: true, maxFetch: 300 }))],
  ['query scanAll', () => some(O().find({}).scanAll(true))],
  ['queryAll', async () => assert.ok((await c.query('SELECT Id, IsDeleted FROM Account', { scanAll: true })).totalSize > 0)],
  ['query pages', async () => {
    const first = await c.query('SELECT Id FROM Product2', { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    assert.ok((await c.queryMore(first.nextRecordsUrl)).done);
  }],
  ['query explain', async () => assert.ok((await c.query('SELECT Id FROM Account').explain()).plans)],
  ['query an unknown field', refused(() => c.query('SELECT Nothing__c FROM Account'), 'INVALID_FIELD')],
  ['query an unknown object', refused(() => c.query('SELECT Id FROM Nothing__c'), 'INVALID_TYPE')],
  ['query a mistake', refused(() => c.query('SELEC Id FROM Account'), 'MALFORMED_QUERY')],
  // -- records ---------------------------------------------------------------------------------------
  ['retrieve', async () => assert.equal((await A().retrieve(account)).Id, account)],
  ['retrieve several', async () => assert.equal((await A().retrieve([account])).length, 1)],
  ['retrieve by 15 characters', async () => assert.equal((await A().retrieve(account.slice(0, 15))).Id, account)],
  ['record().retrieve', async () => assert.equal((await A().record(account).retrieve()).Id, account)],
  ['retrieve what is not there', refused(() => A().retrieve('001000000000000AAA'), 'NOT_FOUND')],
  ['create', async () => assert.ok((await A().create({ Name: 'One' })).success)],
  ['insert', async () => assert.ok((await A().insert({ Name: 'One' })).success)],
  ['create several', async () => assert.equal((await A().create([{ Name: 'A' }, { Name: 'B' }])).length, 2)],
  ['create allOrNone', async () => assert.ok((await c.create('Account', [{ Name: 'A' }], { allOrNone: true }))[0].success)],
  ['create 201 by allowRecursive', async () => assert.equal((await A().create(Array.from({ length: 201 }, (_, n) => ({ Name: `N${n}` })), { allowRecursive: true })).length, 201)],
  ['create without what is required', refused(() => A().create({}), 'REQUIRED_FIELD_MISSING')],
  ['create with an unknown field', refused(() => A().create({ Name: 'x', Nope__c: 1 }), 'INVALID_FIELD')],
  ['create an opportunity', async () => assert.ok((await O().create({ Name: 'N', StageName: 'Prospecting', CloseDate: '2026-01-31', AccountId: account })).success)],
  ['create with a parent by its external id', async () => {
    await A().upsert({ Name: 'P', ERP_Customer_Id__c: 'C-P' }, 'ERP_Customer_Id__c');
    const body = { Name: 'N', StageName: 'Prospecting', CloseDate: '2026-01-31', Account: { ERP_Customer_Id__c: 'C-P' } };
    assert.ok((await O().create(body)).success);
  }],
  ['update', async () => assert.ok((await A().update({ Id: account, BillingCity: 'Rome' })).success)],
  ['update several', async () => assert.ok((await A().update([{ Id: account, BillingCity: 'Oslo' }]))[0].success)],
  ['update to null', async () => assert.ok((await A().update({ Id: account, BillingCity: null })).success)],
  ['record().update', async () => assert.ok((await A().record(account).update({ BillingCity: 'Bonn' })).success)],
  ['update what is not there', refused(() => A().update({ Id: '001000000000000AAA', Name: 'x' }), 'NOT_FOUND')],
  ['update what a query finds', async () => assert.ok((await A().find({ Id: account }).update({ BillingCity: 'Bern' })).length === 1)],
  ['write back', async () => assert.ok((await O().update({ Id: deal, ERP_Order_Id__c: '17' })).success)],
  ['upsert creates', async () => assert.ok((await A().upsert({ Name: 'U', ERP_Customer_Id__c: 'U-1' }, 'ERP_Customer_Id__c')).success)],
  ['upsert updates', async () => assert.ok((await A().upsert({ Name: 'V', ERP_Customer_Id__c: 'U-1' }, 'ERP_Customer_Id__c')).success)],
  ['upsert several', async () => assert.equal((await A().upsert([{ Name: 'W', ERP_Customer_Id__c: 'U-2' }], 'ERP_Customer_Id__c')).length, 1)],
  ['destroy', async () => assert.ok((await A().destroy(await fresh())).success)],
  ['delete', async () => assert.ok((await A().delete(await fresh())).success)],
  ['del', async () => assert.ok((await A().del(await fresh())).success)],
  ['destroy several', async () => assert.equal((await A().destroy([await fresh(), await fresh()])).length, 2)],
  ['record().destroy', async () => assert.ok((await A().record(await fresh()).destroy()).success)],
  ['find().destroy', async () => { await fresh({ BillingCity: 'Gone' }); assert.equal((await A().find({ BillingCity: 'Gone' }).destroy()).length, 1); }],
  ['destroy twice', async () => { const id = await fresh(); await A().destroy(id); await refused(() => A().destroy(id), ['ENTITY_IS_DELETED', 'NOT_FOUND'])(); }],
  // -- descriptions ----------------------------------------------------------------------------------
  ['describe', async () => assert.ok((await O().describe()).fields.length)],
  ['describe$', async () => assert.ok((await O().describe$()).fields.length)],
  ['describeGlobal', async () => assert.ok((await c.describeGlobal()).sobjects.length)],
  ['describe many', async () => assert.equal((await Promise.all(['Account', 'Product2'].map((name) => c.describe(name)))).length, 2)],
  ['identity', async () => assert.ok((await c.identity()).organization_id)],
  ['limits', async () => assert.ok((await c.limits()).DailyApiRequests.Max)],
  ['limitInfo', async () => { await c.limits(); assert.ok(c.limitInfo.apiUsage.limit); }],
  ['updated', async () => assert.ok((await A().updated('2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z')).ids)],
  ['deleted', async () => assert.ok((await A().deleted(new Date(0), new Date(4e12))).deletedRecords)],
  ['search', () => c.search('FIND {North} IN ALL FIELDS RETURNING Account(Id)')],
  ['recent', () => c.recent()],
  // -- plain requests --------------------------------------------------------------------------------
  ['request versions', async () => assert.ok((await c.request('/services/data')).length)],
  ['requestGet sobjects', async () => assert.ok((await c.requestGet('/sobjects')).sobjects)],
  ['request composite', async () => {
    const part = { method: 'GET', url: `/services/data/v60.0/sobjects/Account/${account}`, referenceId: 'one' };
    assert.equal((await c.requestPost('/composite', { compositeRequest: [part] })).compositeResponse[0].httpStatusCode, 200);
  }],
  ['request composite with a reference', async () => {
    const made = { method: 'POST', url: '/services/data/v60.0/sobjects/Account', referenceId: 'made', body: { Name: 'C' } };
    const read = { method: 'GET', url: '/services/data/v60.0/sobjects/Account/@{made.id}', referenceId: 'read' };
    const { compositeResponse } = await c.requestPost('/composite', { allOrNone: true, compositeRequest: [made, read] });
    assert.deepEqual(compositeResponse.map((each) => each.httpStatusCode), [201, 200]);
  }],
  ['request composite batch', async () => assert.equal((await c.requestPost('/composite/batch', { batchRequests: [{ method: 'GET', url: 'v60.0/limits' }] })).hasErrors, false)],
  ['request composite tree', async () => assert.equal((await c.requestPost('/composite/tree/Account', { records: [{ attributes: { type: 'Account', referenceId: 'r' }, Name: 'T' }] })).hasErrors, false)],
  ['request composite graph', async () => {
    const node = { method: 'POST', url: '/services/data/v60.0/sobjects/Account', referenceId: 'n', body: { Name: 'G' } };
    assert.ok((await c.requestPost('/composite/graph', { graphs: [{ graphId: 'g', compositeRequest: [node] }] })).graphs[0].isSuccessful);
  }],
  ['apex.get', () => c.apex.get('/orders')],
  ['tooling.query', () => c.tooling.query('SELECT Id FROM ApexClass')],
  ['approval', () => c.process.approval.list()],
  // -- in bulk ---------------------------------------------------------------------------------------
  ['bulk2 insert', async () => assert.equal((await bulk('insert', [{ Name: 'B1' }, { Name: 'B2' }])).successfulResults.length, 2)],
  ['bulk2 insert partly', async () => assert.equal((await bulk('insert', [{ Name: 'B3', BillingCity: 'y' }, { Name: '', BillingCity: 'x' }])).failedResults.length, 1)],
  ['bulk2 update', async () => assert.equal((await bulk('update', [{ Id: account, BillingCity: 'Nice' }])).successfulResults.length, 1)],
  ['bulk2 upsert', async () => assert.equal((await bulk('upsert', [{ Name: 'B4', ERP_Customer_Id__c: 'B-4' }], { externalIdFieldName: 'ERP_Customer_Id__c' })).successfulResults.length, 1)],
  ['bulk2 delete', async () => assert.equal((await bulk('delete', [{ Id: await fresh() }])).successfulResults.length, 1)],
  ['bulk2 query', async () => assert.ok((await (await c.bulk2.query('SELECT Id, Name FROM Account')).toArray()).length)],
  ['bulk insert', async () => assert.equal((await c.bulk.load('Account', 'insert', [{ Name: 'B5' }])).length, 1)],
  ['bulk query', async () => assert.ok((await (await c.bulk.query('SELECT Id, Name FROM Account')).toArray()).length)],
  ['createBulk', async () => assert.equal((await A().createBulk([{ Name: 'B6' }])).length, 1)],
  ['updateBulk', async () => assert.equal((await A().updateBulk([{ Id: account, BillingCity: 'Nimes' }])).length, 1)],
];

const outcomes = {};
for (const [name, call] of CALLS) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 20000).unref());
  outcomes[name] = await Promise.race([call(), late]).then(() => 'passes', (error) => `${error.errorCode ?? error.name}: ${String(error.message).slice(0, 200)}`);
}
assert.equal(Object.keys(outcomes).length, CALLS.length, 'two calls have one name');
process.stdout.write(JSON.stringify(outcomes));
process.exit(0);
