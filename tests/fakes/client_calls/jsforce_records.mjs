// Calls of jsforce's methods for logins, single records and queries. Each fails unless the reply is right.

const SOON = '2099-01-01T00:00:00Z';
const LONG_AGO = '2020-01-01T00:00:00Z';

const names = (rows) => rows.map((row) => row.Name).sort();

async function added(c, name, more = {}) {
  return (await c.create('Account', { Name: name, ...more })).id;
}

async function name(c, id) {
  return (await c.retrieve('Account', id)).Name;
}

const connection = {
  authorize: async ({ connect, url, client, assert }) => {
    const fresh = connect({ oauth2: { loginUrl: url, ...client } });
    await fresh.authorize({ grant_type: 'client_credentials' });
    assert.ok(fresh.accessToken && fresh.userInfo.organizationId);
  },
  login: async ({ connect, url, client, login, assert }) => {
    const fresh = connect({ oauth2: { loginUrl: url, ...client } });
    assert.ok((await fresh.login(login.username, login.password)).id);
  },
  loginByOAuth2: async ({ connect, url, client, login, assert }) => {
    const fresh = connect({ oauth2: { loginUrl: url, ...client } });
    assert.ok((await fresh.loginByOAuth2(login.username, login.password)).id);
  },
  loginBySoap: async ({ connect, url, login, assert }) => {
    const fresh = connect({ loginUrl: url });
    assert.ok((await fresh.loginBySoap(login.username, login.password)).id);
    assert.ok((await fresh.limits()).DailyApiRequests);
  },
  logout: async ({ authorized, assert }) => {
    const fresh = await authorized();
    await fresh.logout();
    assert.equal(fresh.accessToken, null);
  },
  logoutByOAuth2: async ({ authorized, assert }) => {
    const fresh = await authorized();
    await fresh.logoutByOAuth2();
    assert.equal(fresh.accessToken, null);
  },
  logoutBySoap: async ({ connect, url, login, assert }) => {
    const fresh = connect({ loginUrl: url });
    await fresh.loginBySoap(login.username, login.password);
    const token = fresh.accessToken;
    await fresh.logoutBySoap();
    const again = connect({ accessToken: token });
    await assert.rejects(again.limits(), { errorCode: 'INVALID_SESSION_ID' });
  },
  request: async ({ connection: c, assert }) => assert.ok((await c.request('/limits')).DailyApiRequests),
  requestGet: async ({ connection: c, assert }) => assert.ok((await c.requestGet('/limits')).DailyApiRequests),
  requestPost: async ({ connection: c, assert }) => {
    assert.ok((await c.requestPost('/sobjects/Account', { Name: 'Posted' })).success);
  },
  requestPut: async ({ connection: c, assert }) => {
    const job = await c.requestPost('/jobs/ingest', { object: 'Account', operation: 'insert' });
    const headers = { 'content-type': 'text/csv' };
    await c.request({ method: 'PUT', url: `/jobs/ingest/${job.id}/batches`, body: 'Name\nPut\n', headers });
    await assert.rejects(async () => c.requestPut(`/jobs/ingest/${job.id}/batches`, { Name: 'x' }), /text\/csv/);
  },
  requestPatch: async ({ connection: c, assert }) => {
    const id = await added(c, 'Before');
    await c.requestPatch(`/sobjects/Account/${id}`, { Name: 'Patched' });
    assert.equal(await name(c, id), 'Patched');
  },
  requestDelete: async ({ connection: c, assert }) => {
    const id = await added(c, 'Gone');
    await c.requestDelete(`/sobjects/Account/${id}`);
    await assert.rejects(c.retrieve('Account', id), { errorCode: 'ENTITY_IS_DELETED' });
  },
  query: async ({ connection: c, deal, assert }) => {
    const found = await c.query(`SELECT Name, Account.Name FROM Opportunity WHERE Id = '${deal}'`);
    assert.deepEqual([found.totalSize, found.records[0].Account.Name], [1, 'Northwind']);
  },
  search: ({ connection: c }) => c.search('FIND {North} IN ALL FIELDS RETURNING Account(Id)'),
  queryMore: async ({ connection: c, assert }) => {
    const headers = { 'Sforce-Query-Options': 'batchSize=200' };
    const first = await c.query('SELECT Name FROM Product2', { headers });
    assert.equal(first.done, false);
    const second = await c.queryMore(first.nextRecordsUrl);
    assert.equal(first.records.length + second.records.length, first.totalSize);
  },
  retrieve: async ({ connection: c, account, deal, assert }) => {
    assert.equal((await c.retrieve('Account', account)).Name, 'Northwind');
    const several = await c.retrieve('Opportunity', [deal], { fields: ['Name'] });
    assert.equal(several[0].Name, 'Deal');
  },
  create: async ({ connection: c, assert }) => {
    assert.ok((await c.create('Account', { Name: 'One' })).success);
    const several = await c.create('Account', [{ Name: 'Two' }, {}], { allOrNone: false });
    assert.deepEqual(several.map((each) => each.success), [true, false]);
  },
  update: async ({ connection: c, assert }) => {
    const id = await added(c, 'Before');
    await c.update('Account', { Id: id, Name: 'After' });
    assert.equal(await name(c, id), 'After');
    await c.update('Account', [{ Id: id, Name: 'Later' }]);
    assert.equal(await name(c, id), 'Later');
  },
  upsert: async ({ connection: c, assert }) => {
    const record = { Name: 'Upserted', ERP_Customer_Id__c: 'C-upsert' };
    const first = await c.upsert('Account', record, 'ERP_Customer_Id__c');
    const [second] = await c.upsert('Account', [record], 'ERP_Customer_Id__c');
    assert.deepEqual([first.created, second.created, second.id], [true, false, first.id]);
  },
  destroy: async ({ connection: c, assert }) => {
    const ids = [await added(c, 'A'), await added(c, 'B'), await added(c, 'C')];
    assert.ok((await c.destroy('Account', ids[0])).success);
    const several = await c.destroy('Account', ids.slice(1));
    assert.deepEqual(several.map((each) => each.success), [true, true]);
  },
  describe: async ({ connection: c, assert }) => {
    const fields = (await c.describe('Opportunity')).fields.map((field) => field.name);
    assert.ok(fields.includes('ERP_Order_Id__c'));
  },
  describeGlobal: async ({ connection: c, assert }) => {
    assert.ok((await c.describeGlobal()).sobjects.some((each) => each.name === 'Opportunity'));
  },
  sobject: async ({ connection: c, assert }) => assert.equal(await c.sobject('Opportunity').count(), 1),
  identity: async ({ connection: c, connect, assert }) => {
    assert.ok((await c.identity()).user_id);
    assert.ok((await connect({ accessToken: c.accessToken }).identity()).organization_id);
  },
  recent: async ({ connection: c, assert }) => {
    assert.ok(Array.isArray(await c.recent('Account')));
    await c.recent();
  },
  updated: async ({ connection: c, account, assert }) => {
    assert.ok((await c.updated('Account', LONG_AGO, SOON)).ids.includes(account));
  },
  deleted: async ({ connection: c, assert }) => {
    const id = await added(c, 'Gone');
    await c.destroy('Account', id);
    const found = (await c.deleted('Account', LONG_AGO, SOON)).deletedRecords;
    assert.ok(found.some((each) => each.id === id));
  },
  tabs: ({ connection: c }) => c.tabs(),
  limits: async ({ connection: c, assert }) => assert.ok((await c.limits()).DailyApiRequests.Max),
  theme: ({ connection: c }) => c.theme(),
  quickActions: ({ connection: c }) => c.quickActions(),
  quickAction: ({ connection: c }) => c.quickAction('NewAccount').execute('x', {}),
};

const oauth2 = {
  getAuthorizationUrl: async ({ oauth2: make, assert }) => {
    const reply = await fetch(make().getAuthorizationUrl({ state: 'x' }), { redirect: 'manual' });
    assert.equal(reply.status, 302, await reply.text());
    assert.ok(new URL(reply.headers.get('location')).searchParams.get('code'));
  },
  refreshToken: async ({ oauth2: make, refresh, assert }) => {
    assert.ok((await make().refreshToken(refresh)).access_token);
  },
  requestToken: async ({ oauth2: make, assert }) => {
    const application = make();
    const reply = await fetch(application.getAuthorizationUrl({}), { redirect: 'manual' });
    assert.equal(reply.status, 302, await reply.text());
    const code = new URL(reply.headers.get('location')).searchParams.get('code');
    assert.ok((await application.requestToken(code)).access_token);
  },
  authenticate: async ({ oauth2: make, login, assert }) => {
    assert.ok((await make().authenticate(login.username, login.password)).access_token);
  },
  revokeToken: async ({ oauth2: make, login, connect, assert }) => {
    const application = make();
    const token = (await application.authenticate(login.username, login.password)).access_token;
    await application.revokeToken(token);
    await assert.rejects(connect({ accessToken: token }).limits(), { errorCode: 'INVALID_SESSION_ID' });
  },
};

const accounts = ({ connection: c }) => c.sobject('Account');

const sobject = {
  create: async (x) => x.assert.ok((await accounts(x).create({ Name: 'One' })).success),
  retrieve: async (x) => x.assert.equal((await accounts(x).retrieve(x.account)).Name, 'Northwind'),
  update: async (x) => {
    const id = await added(x.connection, 'Before');
    x.assert.ok((await accounts(x).update({ Id: id, Name: 'After' })).success);
  },
  upsert: async (x) => {
    const record = { Name: 'Again', ERP_Customer_Id__c: 'C-again' };
    x.assert.ok((await accounts(x).upsert(record, 'ERP_Customer_Id__c')).created);
  },
  destroy: async (x) => x.assert.ok((await accounts(x).destroy(await added(x.connection, 'Gone'))).success),
  describe: async (x) => x.assert.equal((await accounts(x).describe()).keyPrefix, '001'),
  describe$: async (x) => x.assert.equal((await accounts(x).describe$()).keyPrefix, '001'),
  describe$$: async (x) => {
    await accounts(x).describe$();
    x.assert.equal(accounts(x).describe$$().keyPrefix, '001');
  },
  record: async (x) => x.assert.equal((await accounts(x).record(x.account).retrieve()).Name, 'Northwind'),
  recent: async (x) => x.assert.ok(Array.isArray(await accounts(x).recent())),
  updated: async (x) => x.assert.ok((await accounts(x).updated(LONG_AGO, SOON)).ids.length),
  deleted: async (x) => x.assert.ok((await accounts(x).deleted(LONG_AGO, SOON)).deletedRecords),
  layouts: (x) => accounts(x).layouts(),
  compactLayouts: (x) => accounts(x).compactLayouts(),
  approvalLayouts: (x) => accounts(x).approvalLayouts(),
  find: async (x) => x.assert.equal((await accounts(x).find({ Name: 'Northwind' }, ['Id']))[0].Id, x.account),
  findOne: async (x) => x.assert.equal((await accounts(x).findOne({ Id: x.account })).Name, 'Northwind'),
  select: async (x) => x.assert.ok(names(await accounts(x).select('Name')).includes('Northwind')),
  count: async (x) => x.assert.equal(await accounts(x).count({ Name: 'Northwind' }), 1),
  listviews: (x) => accounts(x).listviews(),
  listview: (x) => accounts(x).listview('00B000000000001').results(),
  quickActions: (x) => accounts(x).quickActions(),
  quickAction: (x) => accounts(x).quickAction('x').describe(),
};

const find = (x, ...more) => x.connection.sobject('Opportunity').find(...more);
const statement = 'SELECT Id, Name FROM Opportunity';

const query = {
  select: async (x) => x.assert.equal((await find(x).select(['Name']))[0].Name, 'Deal'),
  where: async (x) => x.assert.equal((await find(x, {}, ['Id']).where({ Name: { $like: 'De%' } })).length, 1),
  limit: async (x) => x.assert.equal((await find(x, {}, ['Id']).limit(1)).length, 1),
  skip: async (x) => x.assert.equal((await find(x, {}, ['Id']).limit(1).skip(1)).length, 0),
  sort: async (x) => x.assert.equal((await find(x, {}, ['Id']).sort('Name', 'DESC')).length, 1),
  include: async (x) => {
    const lines = find(x, {}, ['Id']).include('OpportunityLineItems').select(['Quantity']).end();
    x.assert.equal((await lines)[0].OpportunityLineItems.totalSize, 1);
  },
  includeChildren: async (x) => {
    const more = { OpportunityLineItems: { fields: ['Quantity'] } };
    x.assert.equal((await find(x, {}, ['Id']).includeChildren(more))[0].OpportunityLineItems.totalSize, 1);
  },
  maxFetch: async (x) => {
    const products = x.connection.query('SELECT Id FROM Product2').autoFetch(true).maxFetch(3);
    x.assert.equal((await products).records.length, 3);
  },
  autoFetch: async (x) => {
    const products = x.connection.sobject('Product2').find({}, ['Id']).autoFetch(true).maxFetch(5000);
    x.assert.ok((await products.execute({ headers: { 'Sforce-Query-Options': 'batchSize=200' } })).length > 200);
  },
  scanAll: async (x) => {
    await x.connection.destroy('Account', await added(x.connection, 'Binned'));
    const query = x.connection.query("SELECT Id FROM Account WHERE Name = 'Binned'").scanAll(true);
    x.assert.ok((await query).totalSize >= 1);
  },
  setResponseTarget: async (x) => x.assert.equal(await x.connection.query(statement).setResponseTarget('Count'), 1),
  execute: async (x) => x.assert.equal((await x.connection.query(statement).execute()).totalSize, 1),
  stream: async (x) => {
    let text = '';
    for await (const part of x.connection.query(statement).stream('csv')) text += part;
    x.assert.match(text, /^Id,Name\n/);
  },
  pipe: (x) =>
    new Promise((resolve, reject) => {
      const target = x.connection.query(statement).on('error', reject).pipe(new x.PassThrough({ objectMode: true }));
      target.on('data', resolve);
    }),
  explain: async (x) => x.assert.equal((await x.connection.query(statement).explain()).plans[0].cardinality, 1),
  toSOQL: async (x) => x.assert.match(await find(x, { Name: 'Deal' }, ['Id']).toSOQL(), /^SELECT Id FROM Opportunity/),
  then: async (x) => x.assert.equal((await x.connection.query(statement).then((found) => found)).totalSize, 1),
  catch: (x) => x.assert.doesNotReject(x.connection.query('SELECT').catch((error) => error)),
  promise: async (x) => x.assert.ok(await x.connection.query(statement).promise()),
  destroy: async (x) => {
    await added(x.connection, 'Destroyed');
    const done = await x.connection.sobject('Account').find({ Name: 'Destroyed' }, ['Id']).destroy();
    x.assert.deepEqual(done.map((each) => each.success), [true]);
  },
  update: async (x) => {
    const id = await added(x.connection, 'Mapped');
    await x.connection.sobject('Account').find({ Id: id }, ['Id', 'Name']).update({ BillingCity: '${Name}' });
    x.assert.equal((await x.connection.retrieve('Account', id)).BillingCity, 'Mapped');
  },
};

const child = (x) => find(x, {}, ['Id']).include('OpportunityLineItems');

const subquery = {
  select: async (x) => x.assert.equal((await child(x).select(['Id']).end()).length, 1),
  where: async (x) => {
    const found = await child(x).where({ Quantity: { $gt: 99 } }).end();
    x.assert.equal(found[0].OpportunityLineItems, null);
  },
  limit: async (x) => x.assert.equal((await child(x).limit(1).end())[0].OpportunityLineItems.totalSize, 1),
  skip: async (x) => x.assert.equal((await child(x).limit(1).skip(1).end())[0].OpportunityLineItems, null),
  sort: async (x) => x.assert.equal((await child(x).sort('Quantity').end()).length, 1),
  end: async (x) => x.assert.equal((await child(x).end()).length, 1),
};

const reference = (x) => x.connection.sobject('Account').record(x.account);

const recordReference = {
  retrieve: async (x) => x.assert.equal((await reference(x).retrieve()).Name, 'Northwind'),
  update: async (x) => x.assert.ok((await reference(x).update({ BillingCity: 'Rome' })).success),
  destroy: async (x) => {
    const id = await added(x.connection, 'Gone');
    x.assert.ok((await x.connection.sobject('Account').record(id).destroy()).success);
  },
  // The stream of a blob says nothing of an error, so the same path is called.
  blob: (x) => x.connection.request(`/sobjects/Account/${x.account}/Body`),
};

const of = (name, table) => Object.fromEntries(Object.entries(table).map(([key, call]) => [`${name}.${key}`, call]));

export const records = {
  ...of('Connection', connection),
  ...of('OAuth2', oauth2),
  ...of('SObject', sobject),
  ...of('Query', query),
  ...of('SubQuery', subquery),
  ...of('RecordReference', recordReference),
};
