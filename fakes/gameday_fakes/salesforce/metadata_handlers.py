"""Descriptions of the organisation: versions, resources, describes and limits."""

from __future__ import annotations

from gameday_fakes.http import Reply, Request
from gameday_fakes.salesforce.base import SalesforceBase
from gameday_fakes.salesforce.render import full_describe, global_describe, object_describe
from gameday_fakes.salesforce.versions import listed

_RESOURCES = ("sobjects", "query", "queryAll", "limits", "composite", "jobs")


class MetadataHandlers(SalesforceBase):
    """Answers everything that is not about records."""

    def versions(self, _: Request) -> Reply:
        """``GET /services/data``."""
        return Reply.json(200, listed())

    def resources(self, request: Request) -> Reply:
        """``GET /services/data/vNN.0``."""
        root = f"/services/data/{request.params['version']}"
        user = f"{self.seeded.organization_id}/{self.seeded.integration_user_id}"
        resources = {name: f"{root}/{name}" for name in _RESOURCES}
        return Reply.json(200, {**resources, "identity": f"{request.base_url}/id/{user}"})

    def limits(self, _: Request) -> Reply:
        """``GET .../limits``: each allowance and what is left of it."""
        daily = self.settings.daily_api_requests
        return Reply.json(
            200,
            {
                "DailyApiRequests": {"Max": daily, "Remaining": max(0, daily - self.requests_used)},
                "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
                "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
                "DailyAsyncApexExecutions": {"Max": 250_000, "Remaining": 250_000},
                "DataStorageMB": {"Max": 1_024, "Remaining": 1_000},
            },
        )

    def describe_global(self, request: Request) -> Reply:
        """``GET .../sobjects``."""
        return Reply.json(200, global_describe(self.state.schema, request.params["version"]))

    def object_info(self, request: Request) -> Reply:
        """``GET .../sobjects/X``."""
        sobject = self.object_of(request)
        described = object_describe(sobject, self.state.schema, request.params["version"])
        return Reply.json(200, {"objectDescribe": described, "recentItems": []})

    def describe_object(self, request: Request) -> Reply:
        """``GET .../sobjects/X/describe``."""
        sobject = self.object_of(request)
        self.state.schema.touch(sobject)
        return Reply.json(200, full_describe(sobject, self.state.schema, request.params["version"]))
