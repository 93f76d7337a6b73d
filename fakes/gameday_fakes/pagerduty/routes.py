"""PagerDuty's URL table."""

from __future__ import annotations

from gameday_fakes.http import Route

ROUTES = (
    Route("POST", "/v2/enqueue", "alert.write", "enqueue", public=True),
    Route("POST", "/v2/change/enqueue", "change.write", "enqueue_change", public=True),
    Route("POST", "/generic/2010-04-15/create_event.json", "alert.write", "create_event", public=True),
    Route("GET", "/incidents", "incident.read", "list_incidents"),
    Route("POST", "/incidents", "incident.write", "create_incident"),
    Route("PUT", "/incidents", "incident.write", "update_incidents"),
    Route("GET", "/incidents/{incident}", "incident.read", "read_incident"),
    Route("PUT", "/incidents/{incident}", "incident.write", "update_incident"),
    Route("PUT", "/incidents/{incident}/merge", "incident.write", "merge_incidents"),
    Route("POST", "/incidents/{incident}/snooze", "incident.write", "snooze_incident"),
    Route("GET", "/incidents/{incident}/notes", "incident.read", "list_notes"),
    Route("POST", "/incidents/{incident}/notes", "incident.write", "add_note"),
    Route("GET", "/incidents/{incident}/alerts", "incident.read", "list_alerts"),
    Route("PUT", "/incidents/{incident}/alerts", "incident.write", "update_alerts"),
    Route("GET", "/services", "metadata", "list_services"),
    Route("GET", "/users", "metadata", "list_users"),
)
