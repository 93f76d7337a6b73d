// The calls of jsforce's SoapApi: those that write records, and one each of those that the fake leaves out.

const calls = {
  getServerTimestamp: async ({ connection: c, assert }) => {
    assert.match((await c.soap.getServerTimestamp()).timestamp, /^\d{4}-.*Z$/);
  },
  getUserInfo: async ({ connection: c, login, assert }) => {
    assert.equal((await c.soap.getUserInfo()).userName, login.username);
  },
  create: async ({ connection: c, assert }) => {
    const [one, other] = await c.soap.create([{ type: 'Account', Name: 'By SOAP' }, { type: 'Account' }]);
    assert.deepEqual([one.success, other.success], [true, false]);
    assert.equal(other.errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
    assert.equal((await c.sobject('Account').retrieve(one.id)).Name, 'By SOAP');
  },
  update: async ({ connection: c, account, assert }) => {
    const done = await c.soap.update({ type: 'Account', Id: account, Name: 'Changed by SOAP' });
    assert.equal(done.success, true);
    assert.equal((await c.sobject('Account').retrieve(account)).Name, 'Changed by SOAP');
  },
  upsert: async ({ connection: c, assert }) => {
    const record = { type: 'Account', ERP_Customer_Id__c: 'SOAP-1', Name: 'Upserted by SOAP' };
    const [first, again] = [await c.soap.upsert('ERP_Customer_Id__c', record), await c.soap.upsert('ERP_Customer_Id__c', record)];
    assert.deepEqual([first.created, again.created, again.id], [true, false, first.id]);
  },
  delete: async ({ connection: c, assert }) => {
    const made = await c.sobject('Account').create({ Name: 'To be deleted' });
    assert.equal((await c.soap.delete(made.id)).success, true);
  },
  undelete: async ({ connection: c, assert }) => {
    const { id } = await c.sobject('Account').create({ Name: 'To be undeleted' });
    await c.soap.delete(id);
    assert.equal([await c.soap.undelete(id)].flat()[0].success, true);
    assert.equal((await c.sobject('Account').retrieve(id)).Name, 'To be undeleted');
  },
  convertLead: async ({ connection: c }) => c.soap.convertLead({ leadId: '00Q000000000001', convertedStatus: 'x' }),
  merge: async ({ connection: c, assert, AsTheVendor }) => {
    const [one, other] = await c.sobject('Account').create([{ Name: 'Stays' }, { Name: 'Goes' }]);
    const request = { masterRecord: { type: 'Account', Id: one.id }, recordToMergeIds: [other.id] };
    await assert.rejects(c.soap.merge(request), /request not specified/);
    throw new AsTheVendor('it names the requests mergeRequests, and the partner WSDL request');
  },
  emptyRecycleBin: async ({ connection: c, assert }) => {
    const { id } = await c.sobject('Account').create({ Name: 'To be gone' });
    await c.soap.delete(id);
    assert.equal([await c.soap.emptyRecycleBin(id)].flat()[0].success, true);
  },
  describeTabs: async ({ connection: c }) => c.soap.describeTabs(),
  setPassword: async ({ connection: c }) => c.soap.setPassword('005000000000001', 'x'),
  resetPassword: async ({ connection: c }) => c.soap.resetPassword('005000000000001'),
};

export const soap = Object.fromEntries(Object.entries(calls).map(([name, call]) => [`SoapApi.${name}`, call]));
