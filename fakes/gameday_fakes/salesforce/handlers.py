"""All of Salesforce's handlers, each in the module of what it is about."""

from __future__ import annotations

from gameday_fakes.salesforce.collection_handlers import CollectionHandlers
from gameday_fakes.salesforce.login_handlers import LoginHandlers
from gameday_fakes.salesforce.metadata_handlers import MetadataHandlers
from gameday_fakes.salesforce.query_handlers import QueryHandlers


class Salesforce(LoginHandlers, MetadataHandlers, QueryHandlers, CollectionHandlers):
    """The fake: logins, metadata, queries, and records one by one (``RecordHandlers``) or many at a time."""
