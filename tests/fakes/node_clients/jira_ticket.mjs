// A ticket's life by the unmodified jira.js: arguments are the address, the user and the token. Prints what was seen.
import jira from "jira.js";

const [host, email, apiToken] = process.argv.slice(2);
const client = new jira.Version3Client({ host, authentication: { basic: { email, apiToken } } });
const fields = { project: { key: "SYNC" }, issuetype: { name: "Task" }, labels: ["gameday"] };
const paragraph = { type: "paragraph", content: [{ type: "text", text: "reason: the period is closed" }] };
const description = { type: "doc", version: 1, content: [paragraph] };

const created = await client.issues.createIssue({ fields: { ...fields, summary: "Order of 006A is late", description } });
const bulk = await client.issues.createIssues({
  issueUpdates: [{ fields: { ...fields, summary: "Order of 006B is late" } }, { fields: { ...fields, summary: "" } }],
});
const key = bulk.issues[0].key;
const jql = 'labels = "gameday" AND summary ~ "late" AND statusCategory != Done ORDER BY key';
// Version 4 of the client sends its EnhancedSearchPost to the old address.
const first = await client.issueSearch.searchForIssuesUsingJqlEnhancedSearch({ jql, fields: ["summary"], maxResults: 1 });
const second = await client.issueSearch.searchForIssuesUsingJqlEnhancedSearch({
  jql, fields: ["summary"], maxResults: 1, nextPageToken: first.nextPageToken,
});
const count = await client.issueSearch.countIssues({ jql });
const old = await client.issueSearch.searchForIssuesUsingJql({ jql }).catch((problem) => problem);
const [person] = await client.userSearch.findUsers({ query: "finance" });
await client.issues.assignIssue({ issueIdOrKey: created.key, accountId: person.accountId });
await client.issueLinks.linkIssues({
  type: { name: "Duplicate" }, inwardIssue: { key: created.key }, outwardIssue: { key },
});
await client.issueComments.addComment({ issueIdOrKey: created.key, comment: "replayed" });
const { transitions } = await client.issues.getTransitions({ issueIdOrKey: created.key });
const done = transitions.find((transition) => transition.name === "Done");
await client.issues.doTransition({ issueIdOrKey: created.key, transition: { id: done.id } });
const ended = await client.issues.getIssue({ issueIdOrKey: created.key });

console.log(JSON.stringify({
  keys: [created.key, key],
  refused: bulk.errors.map((error) => error.failedElementNumber),
  found: [...first.issues, ...second.issues].map((issue) => issue.fields.summary),
  last: second.isLast ?? !second.nextPageToken,
  count: count.count,
  old: old.status ?? old.response?.status ?? String(old),
  status: ended.fields.status.name,
  assignee: ended.fields.assignee.displayName,
  links: ended.fields.issuelinks.map((link) => link.outwardIssue?.key),
  description: ended.fields.description.content[0].content[0].text,
}));
