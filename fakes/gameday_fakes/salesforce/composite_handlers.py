"""Several requests in one: composite, with references between the parts and all-or-none; and batch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.salesforce.base import SalesforceBase
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.versions import number_of

#: "Composite": the most parts of one request.
MOST_PARTS = 25

_encode = msgspec.json.Encoder(decimal_format="number").encode

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_HALTED = "The transaction was rolled back since another operation in the same transaction failed."
_REFERENCE = re.compile(r"@\{([A-Za-z0-9]\w*)((?:\.\w+|\[\d{1,9}\])*)\}")
#: What a reference may be called, and since when ("Composite Subrequest").
_NAME, _NAMES_SINCE = re.compile("[A-Za-z0-9][A-Za-z0-9_]*"), 54
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


class CompositeHandlers(SalesforceBase):
    """Answers at ``.../composite`` and ``.../composite/batch``."""

    def composite(self, request: Request) -> Reply:
        """``POST .../composite`` ``{allOrNone, compositeRequest: [{method, url, referenceId, body}]}``."""
        body = _object(request.json)
        parts = named_parts(body, request.params["version"], MOST_PARTS)
        if body.get("allOrNone"):
            return Reply.json(200, {"compositeResponse": self.transaction(parts)})
        return Reply.json(200, {"compositeResponse": self._run(parts, self._failing_of(parts), all_or_none=False)})

    def transaction(self, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The results of parts of which all are carried out, or none."""
        with self.store.change() as change:
            results = self._run(parts, self._failing_of(parts), all_or_none=True)
            if any(result["httpStatusCode"] >= 400 for result in results):
                change.give_up()
                results = _rolled_back(parts, results)
        return results

    def composite_batch(self, request: Request) -> Reply:
        """``POST .../composite/batch`` ``{haltOnError, batchRequests: [{method, url, richInput}]}``."""
        body = _object(request.json)
        parts = _parts_of(body, "batchRequests", MOST_PARTS)
        failing = self._failing([(part.get("url"), part.get("richInput")) for part in parts])
        halts = bool(body.get("haltOnError"))
        results: list[dict[str, Any]] = []
        failed = False
        for position, part in enumerate(parts):
            if failed and halts:
                halted = {"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}
                results.append({"statusCode": 412, "result": [halted]})
                continue
            url = str(part.get("url", "")).lstrip("/")
            if not url.startswith("services/data/"):
                url = f"services/data/{url}"
            reply = self._part(position, failing, part, f"/{url}", part.get("richInput"))
            failed = failed or reply.status >= 400
            results.append({"statusCode": reply.status, "result": msgspec.Raw(reply.body or b"null")})
        return Reply.json(200, {"hasErrors": failed, "results": results})

    def _run(
        self, parts: list[dict[str, Any]], failing: Mapping[int, Refused], *, all_or_none: bool
    ) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        answers: dict[str, bytes] = {}
        for position, part in enumerate(parts):
            try:
                url = _resolve(str(part.get("url", "")), answers)
                body = _resolve(part.get("body"), answers)
            except Refused as refused:
                reply = refused.reply()
            else:
                reply = self._part(position, failing, part, str(url), body)
            name = str(part.get("referenceId", ""))
            if reply.status < 400 and reply.body:
                answers[name] = reply.body
            location = [value.decode() for header, value in reply.headers if header == b"location"]
            results.append(
                {
                    "body": msgspec.Raw(reply.body or b"null"),
                    "httpHeaders": {"Location": location[0]} if location else {},
                    "httpStatusCode": reply.status,
                    "referenceId": name,
                }
            )
            if all_or_none and reply.status >= 400:
                break
        return results

    def _part(self, position: int, failing: Mapping[int, Refused], part: dict[str, Any], url: str, body: Any) -> Reply:
        if position in failing:
            return failing[position].reply()
        path, _, query = url.partition("?")
        return self.dispatch(
            Request(
                str(part.get("method", "")).upper(),
                path,
                # Parts are written with and without percent-encoding; a blank in a query means a blank.
                query_string=query.replace(" ", "%20").encode(),
                body=b"" if body is None else _encode(body),
            )
        )

    def _failing_of(self, parts: list[dict[str, Any]]) -> dict[int, Refused]:
        return self._failing([(part.get("url"), part.get("body")) for part in parts])

    def _failing(self, parts: list[tuple[Any, Any]]) -> dict[int, Refused]:
        """The parts that fail because of a fault, with their errors."""
        named = [self.deals_in(_encode(part)) for part in parts]
        # A part about several deals counts for none of them: its failure would affect other deals too.
        return self.failing_parts([deals[0] if len(deals) == 1 else None for deals in named])

    def failing_parts(self, deals: list[str | None]) -> dict[int, Refused]:
        """The positions in a batch that fail because of a fault, given the deal that each part is about."""
        failing = {}
        for position, (kind, fault_id) in self.state.failing_parts(deals).items():
            self.hit(fault_id, "batch", deals[position])
            message = f"unable to obtain exclusive access to this record or 1 records: {deals[position]}"
            failing[position] = Refused.of(kind, message if kind == "locked" else "")
        return failing

    def deal_named(self, record: dict[str, Any], sobject: str) -> str | None:
        """The deal that a record of a batch is, or belongs to, if it says so; of an object by its name in any case."""
        values = {name.lower(): value for name, value in record.items()}
        of_deals = self.store.deal_fields
        for name in ("id", of_deals.lines.deal.lower()):
            deal = canonical(str(values.get(name, "")))
            if deal is not None and deal.startswith(self.model.prefixes[of_deals.object]):
                return deal
        # Objects may have external ids of one name.
        if self.model.canonical(sobject) == of_deals.object:
            for field in self.model.objects[of_deals.object].fields.values():
                if field.external_id and (value := values.get(field.name.lower())):
                    return self._deal_by_external_id(field.name, str(value))
        return None


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadBody("The HTTP entity body is required, but this request has no entity body.")
    return body


def named_parts(body: dict[str, Any], version: str, most: int) -> list[dict[str, Any]]:
    """The requests of a composite body, each with a name of its own. Raises BadBody and Refused."""
    parts = _parts_of(body, "compositeRequest", most)
    names: set[str] = set()
    for part in parts:
        name = part.get("referenceId")
        if not isinstance(name, str) or not name:
            raise BadBody("Missing required parameter: referenceId")
        if number_of(version) >= _NAMES_SINCE and not _NAME.fullmatch(name):
            message = (
                f"Provided referenceId ('{name[:80]}') must start with a letter or a number, and it can contain only "
                "letters, numbers and underscores ('_')."
            )
            raise Refused("INVALID_INPUT", message)
        if name in names:
            raise Refused("INVALID_INPUT", f"Duplicate ReferenceId provided in the request: {name[:80]}")
        names.add(name)
    return parts


def _parts_of(body: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    """The requests in a body. Raises BadBody and Refused."""
    parts = body.get(name)
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise BadBody(f"Missing required parameter: {name}")
    for needed in ("method", "url"):
        if not all(isinstance(part.get(needed), str) and part[needed] for part in parts):
            raise BadBody(f"Missing required parameter: {needed}")
    if len(parts) > most:
        raise Refused("LIMIT_EXCEEDED", f"The maximum number of subrequests is {most}.")
    return parts


def _rolled_back(parts: list[dict[str, Any]], results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reply of a failed transaction: the failed part with its error, every other part halted."""
    halted = [{"errorCode": "PROCESSING_HALTED", "message": _HALTED}]
    failed = len(results) - 1
    return [
        results[failed]
        if position == failed
        else {
            "body": halted,
            "httpHeaders": {},
            "httpStatusCode": 400,
            "referenceId": str(part.get("referenceId", "")),
        }
        for position, part in enumerate(parts)
    ]


def _resolve(value: Any, answers: Mapping[str, bytes]) -> Any:
    """Replace ``@{reference.path}`` with values from the replies of earlier parts. Raises Refused."""
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return _look_up(whole, answers)
        return _REFERENCE.sub(lambda match: str(_look_up(match, answers)), value)
    if isinstance(value, list):
        return [_resolve(one, answers) for one in value]
    if isinstance(value, dict):
        return {name: _resolve(one, answers) for name, one in value.items()}
    return value


def _look_up(match: re.Match[str], answers: Mapping[str, bytes]) -> Any:
    body = answers.get(match[1])
    target: Any = None if body is None else _decode(body)
    for name, index in _STEP.findall(match[2]):
        if name and isinstance(target, dict):
            target = next((value for key, value in target.items() if key.lower() == name.lower()), None)
        elif index and isinstance(target, list) and int(index) < len(target):
            target = target[int(index)]
        else:
            target = None
    if target is None:
        message = f"Invalid reference specified. No value for {match[1]}{match[2]} found in {match[1]}"
        raise Refused("PROCESSING_HALTED", message)
    return target
