"""The fake Salesforce: all handlers together."""

from __future__ import annotations

from gameday_fakes.salesforce.bulk_handlers import BulkHandlers
from gameday_fakes.salesforce.graph_handlers import GraphHandlers
from gameday_fakes.salesforce.login_handlers import LoginHandlers
from gameday_fakes.salesforce.metadata_handlers import MetadataHandlers


class Salesforce(LoginHandlers, MetadataHandlers, BulkHandlers, GraphHandlers):
    """Logins, metadata, queries, and records one by one (``RecordHandlers``), many at a time, or in bulk."""
