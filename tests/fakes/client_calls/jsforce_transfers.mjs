// Calls of jsforce's methods that move many records: Bulk API 2.0 and 1.0. Each fails unless the results are right.

const CSV = 'Name,BillingCity\nOne,Rome\n,Oslo\n';
const statement = 'SELECT Id, Name FROM Opportunity';

const read = (stream) =>
  new Promise((resolve, reject) => {
    const rows = [];
    stream.on('record', (row) => rows.push(row)).on('end', () => resolve(rows)).on('error', reject);
  });

async function opened(x, operation = 'insert') {
  const job = x.connection.bulk2.createJob({ object: 'Account', operation });
  await job.open();
  return job;
}

async function loaded(x) {
  const job = await opened(x);
  await job.uploadData(CSV);
  await job.close();
  await job.poll(20, 20000);
  return job;
}

const ingest = {
  getInfo: async (x) => x.assert.equal((await opened(x)).getInfo().state, 'Open'),
  open: async (x) => x.assert.ok((await opened(x)).id),
  uploadData: async (x) => {
    const job = await opened(x);
    await job.uploadData([{ Name: 'Record', BillingCity: null }]);
    await job.close();
    await job.poll(20, 20000);
    x.assert.equal((await job.getSuccessfulResults()).length, 1);
  },
  close: async (x) => {
    const job = await opened(x);
    await job.uploadData(CSV);
    await job.close();
    x.assert.equal(job.getInfo().state, 'UploadComplete');
  },
  abort: async (x) => {
    const job = await opened(x);
    await job.abort();
    x.assert.equal(job.getInfo().state, 'Aborted');
  },
  poll: async (x) => x.assert.equal((await loaded(x)).getInfo().state, 'JobComplete'),
  check: async (x) => {
    const info = await (await loaded(x)).check();
    x.assert.deepEqual([info.numberRecordsProcessed, info.numberRecordsFailed], [2, 1]);
  },
  getAllResults: async (x) => {
    const { successfulResults, failedResults, unprocessedRecords } = await (await loaded(x)).getAllResults();
    x.assert.deepEqual([successfulResults.length, failedResults.length, unprocessedRecords.length], [1, 1, 0]);
  },
  getSuccessfulResults: async (x) => {
    x.assert.equal((await (await loaded(x)).getSuccessfulResults())[0].sf__Created, 'true');
  },
  getFailedResults: async (x) => {
    x.assert.match((await (await loaded(x)).getFailedResults())[0].sf__Error, /^REQUIRED_FIELD_MISSING:/);
  },
  getUnprocessedRecords: async (x) => {
    x.assert.match(await (await loaded(x)).getUnprocessedRecords(true), /^"Name"/);
  },
  delete: async (x) => {
    const job = await loaded(x);
    await job.delete();
    await x.assert.rejects(job.check(), { errorCode: 'NOT_FOUND' });
  },
};

// A query job is made by `query`; by its id it can be reached again.
async function queried(x) {
  const job = await x.connection.requestPost('/jobs/query', { operation: 'query', query: statement });
  return x.connection.bulk2.job('query', { id: job.id });
}

const queryJob = {
  getInfo: async (x) => {
    const job = await queried(x);
    await job.check();
    x.assert.equal(job.getInfo().object, 'Opportunity');
  },
  open: async (x) => x.assert.equal((await read(await x.connection.bulk2.query(statement))).length, 1),
  abort: async (x) => {
    // It may have ended already.
    const job = await queried(x);
    const info = await job.abort().catch((error) => x.assert.equal(error.errorCode, 'INVALIDJOBSTATE'));
    x.assert.ok(!info || info.state === 'Aborted');
  },
  poll: async (x) => {
    const job = await queried(x);
    await job.poll(20, 20000);
    x.assert.equal(job.getInfo().state, 'JobComplete');
  },
  check: async (x) => x.assert.equal((await (await queried(x)).check()).operation, 'query'),
  result: async (x) => {
    const job = await queried(x);
    await job.poll(20, 20000);
    x.assert.deepEqual((await read(await job.result())).map((row) => row.Name), ['Deal']);
  },
  delete: async (x) => {
    const job = await queried(x);
    await job.poll(20, 20000);
    await job.delete();
    await x.assert.rejects(job.check(), { errorCode: 'NOT_FOUND' });
  },
};

const bulk2 = {
  createJob: async (x) => x.assert.ok((await opened(x)).id),
  job: async (x) => {
    const { id } = await opened(x);
    x.assert.equal((await x.connection.bulk2.job('ingest', { id }).check()).state, 'Open');
  },
  loadAndWaitForResults: async (x) => {
    const options = { object: 'Account', operation: 'upsert', externalIdFieldName: 'ERP_Customer_Id__c' };
    const input = [{ Name: 'Loaded', ERP_Customer_Id__c: 'C-load' }];
    const found = await x.connection.bulk2.loadAndWaitForResults({ ...options, input });
    x.assert.equal(found.successfulResults[0].ERP_Customer_Id__c, 'C-load');
  },
  query: async (x) => x.assert.deepEqual((await read(await x.connection.bulk2.query(statement)))[0].Name, 'Deal'),
};

const rows = () => [{ Name: 'First' }, { Name: null }];
const results = (x, batch) =>
  new Promise((resolve, reject) => {
    batch.on('error', reject).on('response', resolve);
    batch.on('queue', () => batch.poll(20, 20000));
    batch.execute(rows());
  });
const batchOf = (x) => x.connection.bulk.createJob('Account', 'insert').createBatch();
const wrong = (x, found) => x.assert.deepEqual(found.map((each) => each.success), [true, false]);

const job = {
  info: async (x) => x.assert.equal((await x.connection.bulk.createJob('Account', 'insert').info()).state, 'Open'),
  open: async (x) => x.assert.ok((await x.connection.bulk.createJob('Account', 'insert').open()).id),
  createBatch: async (x) => wrong(x, await results(x, batchOf(x))),
  batch: async (x) => {
    const batch = batchOf(x);
    await results(x, batch);
    x.assert.equal((await batch.job.batch(batch.id).check()).state, 'Completed');
  },
  check: async (x) => x.assert.equal((await x.connection.bulk.createJob('Account', 'insert').check()).object, 'Account'),
  ready: async (x) => x.assert.ok(await x.connection.bulk.createJob('Account', 'insert').ready()),
  list: async (x) => {
    const batch = batchOf(x);
    await results(x, batch);
    x.assert.deepEqual((await batch.job.list()).map((each) => each.id), [batch.id]);
  },
  close: async (x) => {
    const made = x.connection.bulk.createJob('Account', 'insert');
    await made.open();
    x.assert.equal((await made.close()).state, 'Closed');
  },
  abort: async (x) => {
    const made = x.connection.bulk.createJob('Account', 'insert');
    await made.open();
    x.assert.equal((await made.abort()).state, 'Aborted');
  },
};

const batch = {
  stream: async (x) => {
    const made = batchOf(x);
    const queued = new Promise((resolve, reject) => made.on('queue', resolve).on('error', reject));
    made.stream().end('Name\nStreamed\n');
    x.assert.ok((await queued).id);
  },
  execute: async (x) => wrong(x, await results(x, batchOf(x))),
  then: async (x) => wrong(x, await x.connection.bulk.load('Account', 'insert', rows())),
  check: async (x) => {
    const made = batchOf(x);
    await results(x, made);
    x.assert.equal((await made.check()).numberRecordsFailed, '1');
  },
  poll: async (x) => wrong(x, await results(x, batchOf(x))),
  retrieve: async (x) => {
    const made = batchOf(x);
    await results(x, made);
    wrong(x, await made.retrieve());
  },
  result: async (x) => x.assert.equal((await read(await x.connection.bulk.query(statement))).length, 1),
};

const bulk = {
  load: async (x) => wrong(x, await x.connection.bulk.load('Account', 'insert', rows())),
  query: async (x) => x.assert.deepEqual((await read(await x.connection.bulk.query(statement)))[0].Name, 'Deal'),
  createJob: async (x) => x.assert.ok((await x.connection.bulk.createJob('Account', 'insert').open()).id),
  job: async (x) => {
    const { id } = await x.connection.bulk.createJob('Account', 'insert').open();
    x.assert.equal((await x.connection.bulk.job(id).check()).state, 'Open');
  },
};

const accounts = (x) => x.connection.sobject('Account');

async function saved(x, name) {
  return (await x.connection.create('Account', { Name: name })).id;
}

const sobject = {
  bulkload: async (x) => wrong(x, await accounts(x).bulkload('insert', rows())),
  createBulk: async (x) => wrong(x, await accounts(x).createBulk(rows())),
  updateBulk: async (x) => {
    const [found] = await accounts(x).updateBulk([{ Id: await saved(x, 'Before'), Name: 'After' }]);
    x.assert.ok(found.success);
  },
  upsertBulk: async (x) => {
    const input = [{ Name: 'Upserted', ERP_Customer_Id__c: 'C-bulk' }];
    x.assert.ok((await accounts(x).upsertBulk(input, 'ERP_Customer_Id__c'))[0].success);
  },
  destroyBulk: async (x) => x.assert.ok((await accounts(x).destroyBulk([{ Id: await saved(x, 'Gone') }]))[0].success),
  destroyHardBulk: async (x) => {
    const input = [{ Id: await saved(x, 'Kept') }];
    await x.assert.rejects(async () => accounts(x).destroyHardBulk(input), /special user profile permission/);
    throw new x.AsTheVendor('the integration user may not delete for good');
  },
};

const of = (name, table) => Object.fromEntries(Object.entries(table).map(([key, call]) => [`${name}.${key}`, call]));

export const transfers = {
  ...of('IngestJobV2', ingest),
  ...of('QueryJobV2', queryJob),
  ...of('BulkV2', bulk2),
  ...of('Job', job),
  ...of('Batch', batch),
  ...of('Bulk', bulk),
  ...of('SObject', sobject),
};
