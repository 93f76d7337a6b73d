"""The credentials of the fakes, by vendor."""

from __future__ import annotations

from gameday_fakes.manifests import manifests
from gameday_fakes.registry import credentials_for

BUSINESS_CENTRAL = dict(manifests()["business-central"].credentials)
DATAVERSE = dict(manifests()["dataverse"].credentials)
EMAIL = dict(manifests()["email"].credentials)
HUBSPOT = dict(manifests()["hubspot"].credentials)
JIRA = dict(manifests()["jira"].credentials)
NETSUITE = dict(manifests()["netsuite"].credentials)
OPSGENIE = dict(manifests()["opsgenie"].credentials)
ORACLE_FUSION = dict(manifests()["oracle-fusion"].credentials)
PAGERDUTY = dict(manifests()["pagerduty"].credentials)
S4HANA = dict(manifests()["s4hana"].credentials)
SALESFORCE = dict(manifests()["salesforce"].credentials)
SLACK = dict(manifests()["slack"].credentials)
TEAMS = dict(manifests()["teams"].credentials)


def for_stack() -> dict[str, dict[str, str]]:
    """The content of a stack's credentials file, by role."""
    return credentials_for({"crm": "salesforce", "erp": "netsuite", "pager": "pagerduty", "tickets": "jira"})
