"""The fake Salesforce: all handlers together."""

from __future__ import annotations

from gameday_fakes.salesforce.apex_handlers import ApexHandlers
from gameday_fakes.salesforce.async_handlers import AsyncHandlers
from gameday_fakes.salesforce.authorization_handlers import AuthorizationHandlers
from gameday_fakes.salesforce.graph_handlers import GraphHandlers
from gameday_fakes.salesforce.managed_handlers import ManagedHandlers
from gameday_fakes.salesforce.metadata_handlers import MetadataHandlers
from gameday_fakes.salesforce.relationship_handlers import RelationshipHandlers
from gameday_fakes.salesforce.soap_handlers import SoapHandlers


class Salesforce(
    ApexHandlers,
    RelationshipHandlers,
    SoapHandlers,
    AuthorizationHandlers,
    MetadataHandlers,
    AsyncHandlers,
    GraphHandlers,
    ManagedHandlers,
):
    """Logins, metadata, queries, records one by one (``RecordHandlers``), many at a time or in bulk, and events."""

    sandbox_driver = "gameday_fakes.salesforce.tenant:SalesforceTenant"
    sandbox_reader = "gameday_fakes.salesforce.tenant_reader:SalesforceReader"
