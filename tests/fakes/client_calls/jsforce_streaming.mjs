// Calls of jsforce's methods that listen to events, by its own client of CometD. Each fails unless an event has come.

const CHANNEL = '/data/AccountChangeEvent';

// What `listen` returned, once an event has come about a write. The account is written again and again, for a
// subscription says only later that it is one.
async function heard(x, connection, listen) {
  let subscription;
  const event = new Promise((resolve) => {
    const changed = ({ payload }) => payload.ChangeEventHeader.changedFields;
    subscription = listen((message) => changed(message).includes('AccountNumber') && resolve(message));
  });
  let number = 0;
  const write = () => connection.sobject('Account').update({ Id: x.account, AccountNumber: `${(number += 1)}` });
  const timer = setInterval(() => write().catch(() => {}), 300);
  try {
    const message = await event;
    x.assert.equal(message.payload.ChangeEventHeader.changeType, 'UPDATE');
    x.assert.ok(message.event.replayId > 0);
    return subscription;
  } finally {
    clearInterval(timer);
  }
}

export const streaming = {
  'Streaming.topic': async (x) => {
    const connection = await x.authorized();
    await heard(x, connection, (listener) => connection.streaming.topic(CHANNEL).subscribe(listener));
  },
  'Streaming.channel': async (x) => {
    const connection = await x.authorized();
    await heard(x, connection, (listener) => connection.streaming.channel(CHANNEL).subscribe(listener));
  },
  'Streaming.subscribe': async (x) => {
    const connection = await x.authorized();
    await heard(x, connection, (listener) => connection.streaming.subscribe(CHANNEL, listener));
  },
  'Streaming.unsubscribe': async (x) => {
    const connection = await x.authorized();
    const subscription = await heard(x, connection, (listener) => connection.streaming.subscribe(CHANNEL, listener));
    connection.streaming.unsubscribe(CHANNEL, subscription);
  },
  'Streaming.createClient': async (x) => {
    const connection = await x.authorized();
    // All events that are kept, by the extension that Salesforce's own documents show.
    const replay = new x.StreamingExtension.Replay(CHANNEL, -2);
    const client = connection.streaming.createClient([replay]);
    const messages = [];
    await heard(x, connection, (listener) => client.subscribe(CHANNEL, (m) => (messages.push(m), listener(m))));
    x.assert.equal(messages[0].event.replayId, 1);
    client.disconnect();
  },
};
