"""The fake Salesforce: all handlers together."""

from __future__ import annotations

from gameday_fakes.salesforce.collection_handlers import CollectionHandlers
from gameday_fakes.salesforce.login_handlers import LoginHandlers
from gameday_fakes.salesforce.metadata_handlers import MetadataHandlers
from gameday_fakes.salesforce.query_handlers import QueryHandlers


class Salesforce(LoginHandlers, MetadataHandlers, QueryHandlers, CollectionHandlers):
    """Logins, metadata, queries, and records one by one (``RecordHandlers``) or many at a time."""
