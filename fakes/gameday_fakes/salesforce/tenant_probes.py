"""What is asked of a Salesforce sandbox and of its fake, to see where they differ. Every call reads only."""

from __future__ import annotations

from urllib.parse import quote

from gameday_fakes.salesforce.tenant_proof import API
from gameday_fakes.sandbox.verifying import Probe


def _query(name: str, soql: str) -> Probe:
    return Probe(name, f"{API}/query?q={quote(soql)}")


PROBES = (
    Probe("versions", "/services/data"),
    Probe("limits", f"{API}/limits"),
    _query("a query", "SELECT Id, Name FROM Account LIMIT 1"),
    _query("a count", "SELECT COUNT() FROM Account"),
    _query("a query of an unknown field", "SELECT Gameday_No_Such_Field__c FROM Account"),
    _query("a query of an unknown object", "SELECT Id FROM Gameday_No_Such_Object__c"),
    _query("a query that cannot be read", "SELECT FROM Account"),
    Probe("a record that is not there", f"{API}/sobjects/Opportunity/006000000000000AAA"),
    Probe("an id that is none", f"{API}/sobjects/Opportunity/gameday"),
    Probe("an object that is not there", f"{API}/sobjects/Gameday_No_Such_Object__c/describe"),
    *(
        Probe(f"fields of {name}", f"{API}/sobjects/{name}/describe", names=("fields", "name"), describes=name)
        for name in ("Account", "Opportunity", "OpportunityLineItem", "Product2", "PricebookEntry")
    ),
)
