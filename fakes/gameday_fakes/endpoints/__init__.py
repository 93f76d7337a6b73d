"""Endpoints of an organisation's own, as functions in a Python file: Apex REST and RESTlets (docs/organisations.md).

from gameday_fakes.endpoints import Answer, endpoint

@endpoint("POST", "/deals/{id}/order", operation="deal.write", deal="id")
def book(call):
    call.update("Opportunity", call.params["id"], {"ERP_Order_Id__c": call.body["order"]})
    return Answer({"booked": True}, status=201)
"""

from __future__ import annotations

from gameday_fakes.endpoints.call import Answer, Call, Records, Refusal
from gameday_fakes.endpoints.files import Endpoint, EndpointFile, endpoint, read_endpoints

__all__ = ["Answer", "Call", "Endpoint", "EndpointFile", "Records", "Refusal", "endpoint", "read_endpoints"]
