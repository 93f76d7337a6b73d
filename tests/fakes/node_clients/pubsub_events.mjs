// The Node client for the Pub/Sub API, unmodified: publishing, flow control, replay, changes, and ways to log in.
// It trusts only the authorities that it brings along, so it is told to accept a certificate of another.

import PubSubApiClient from 'salesforce-pubsub-api-client';

const { loginUrl, endpoint, event, changes, login, client: app, user } = JSON.parse(process.argv[2]);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const at = { loginUrl, pubSubEndpoint: endpoint, rejectUnauthorizedSsl: false };

async function connected(config) {
  const client = new PubSubApiClient({ ...at, ...config }, quiet);
  await client.connect();
  return client;
}

// A subscription: what it has seen, and a promise of each time that it has all that it asked for.
function listener(onEvent = () => {}) {
  const seen = { events: [], errors: [], kinds: [], infos: [] };
  let enough;
  seen.next = () => new Promise((resolve) => (enough = resolve));
  seen.callback = (info, kind, data) => {
    seen.kinds.push(kind);
    seen.infos.push(info);
    if (kind === 'event') seen.events.push(data), onEvent(data);
    if (kind === 'error') seen.errors.push(data.message), enough?.();
    if (kind === 'lastEvent') enough?.();
  };
  return seen;
}

const publish = (client, number) =>
  client.publish(event, { CreatedDate: Date.now(), CreatedById: user, Deal__c: { string: `D-${number}` } }, `key-${number}`);
const deals = (seen) => seen.events.map(({ payload }) => payload.Deal__c);

const found = {};
const client = await connected({ authType: 'oauth-client-credentials', ...app });

// Flow control: three of five events, then the two that are left.
const results = [];
for (const number of [1, 2, 3, 4, 5]) results.push(await publish(client, number));
found.keys = results.map(({ correlationKey }) => correlationKey);
const kept = listener();
let all = kept.next();
client.subscribeFromEarliestEvent(event, kept.callback, 3);
await all;
found.first = deals(kept);
all = kept.next();
client.requestAdditionalEvents(event, 2);
await all;
found.then = deals(kept).slice(3);
found.ids = kept.events.map(({ replayId }, index) => replayId === results[index].replayId);
client.close();

// Replay after the third event, by another client with another way to log in.
const other = await connected({ authType: 'username-password', ...login });
const again = listener();
all = again.next();
other.subscribeFromReplayId(event, again.callback, 2, kept.events[2].replayId);
await all;
found.replayed = deals(again);

// New events only; and a batch, whose results come in one answer.
const fresh = listener();
all = fresh.next();
other.subscribe(changes.topic, fresh.callback, 1);
process.stdout.write('listening\n');
await all;
const { ChangeEventHeader: header, ...fields } = fresh.events[0].payload;
found.changed = [header.changeType, header.changedFields, header.recordIds, fields[changes.field]];
const batch = new Promise((resolve) => {
  const payload = (deal) => ({ CreatedDate: Date.now(), CreatedById: user, Deal__c: { string: deal } });
  const events = ['B-1', 'B-2'].map((deal) => ({ id: deal, payload: payload(deal) }));
  other.publishBatch(event, events, (info, kind, data) => kind === 'publishResponse' && resolve(data));
});
found.batch = (await batch).results.map(({ correlationKey }) => correlationKey);

// A managed subscription: another client goes on after what has been committed.
const managed = listener();
all = managed.next();
await other.subscribeWithManagedSubscription('Orders', managed.callback, 2);
const timer = setInterval(() => publish(other, 0).catch(() => {}), 100);
await all;
clearInterval(timer);
const { subscriptionId } = managed.infos[0];
other.commitReplayId(subscriptionId, managed.events[0].replayId);
// What is asked for after a commit is answered after it.
all = managed.next();
other.requestAdditionalManagedEvents(subscriptionId, 1);
await publish(other, 8);
await all;
const next = await connected({ authType: 'oauth-client-credentials', ...app });
const resumed = listener();
all = resumed.next();
await next.subscribeWithManagedSubscription('Orders', resumed.callback, 1);
await all;
found.resumed = resumed.events[0].replayId === managed.events[1].replayId;
next.close();

// What the vendor refuses.
const lost = listener();
all = lost.next();
other.subscribe('/event/Nothing__e', lost.callback, 1);
await all;
found.refused = lost.errors;
other.close();
process.stdout.write(`${JSON.stringify(found)}\n`);
process.exit(0);
