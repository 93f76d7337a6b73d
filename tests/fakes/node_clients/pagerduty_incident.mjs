// An incident's life by the unmodified pdjs: arguments are HOST:PORT, a routing key, the token and a user's address.
import { acknowledge, api, change, resolve, trigger } from "@pagerduty/pdjs";

const [server, routing_key, token, from] = process.argv.slice(2);
const payload = { summary: "orders are late", source: "sync", severity: "error", custom_details: { deal: "006A" } };

for (const dedup_key of ["a", "b"]) {
  await trigger({ server, data: { routing_key, event_action: "trigger", dedup_key, payload } });
}
const refused = await trigger({ server, data: { routing_key, event_action: "trigger", payload: {} } });
await change({ server, data: { routing_key, payload: { summary: "deployed", timestamp: "2026-03-15T12:00:00Z" } } });
await acknowledge({ server, data: { routing_key, event_action: "acknowledge", dedup_key: "a" } });

const pd = api({ server, token, headers: { From: from } });
// The client's own `all` and `resource` work for addresses that end with .com only.
const incidents = [];
for (let page = await pd.get("/incidents", { data: { limit: 1 } }); page; page = page.next && (await page.next())) {
  incidents.push(...page.data.incidents);
}
const byKey = Object.fromEntries(incidents.map((incident) => [incident.incident_key, incident]));
const sources = [{ id: byKey.b.id, type: "incident_reference" }];
await pd.put(`/incidents/${byKey.a.id}/merge`, { data: { source_incidents: sources } });
await pd.post(`/incidents/${byKey.a.id}/notes`, { data: { note: { content: "looking" } } });
await pd.put(`/incidents/${byKey.a.id}`, { data: { incident: { type: "incident_reference", status: "resolved" } } });
await resolve({ server, data: { routing_key, event_action: "resolve", dedup_key: "a" } });
const { data: { incident: ended } } = await pd.get(`/incidents/${byKey.b.id}`);

console.log(JSON.stringify({
  refused: refused.status ?? refused.response.status,
  listed: Object.values(byKey).map((incident) => [incident.incident_key, incident.status]).sort(),
  merged: ended.resolve_reason.incident.id === byKey.a.id,
}));
