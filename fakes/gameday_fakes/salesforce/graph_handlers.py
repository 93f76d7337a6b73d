"""Graphs of dependent requests, each all or none; and trees: records with their children in one request.

Sources: "Composite Graph" and "sObject Tree" of the REST API Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.salesforce.composite_handlers import CompositeHandlers, named_parts
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.versions import number_of

#: The most graphs, and the most nodes in all of them.
MOST_GRAPHS, MOST_NODES = 75, 500
#: The most records of a tree, levels below its roots included, and different objects.
MOST_RECORDS, MOST_LEVELS, MOST_OBJECTS = 200, 5, 5

_GRAPHS_SINCE, _TREES_SINCE = 50, 34


class Node(NamedTuple):
    """A record of a tree: its own fields, the position of its parent, and the field that names the parent."""

    reference: str
    sobject: str
    fields: dict[str, Any]
    parent: int | None
    parent_field: str


class GraphHandlers(CompositeHandlers):
    """Answers at ``.../composite/graph`` and ``.../composite/tree``."""

    def composite_graph(self, request: Request) -> Reply:
        """``POST .../composite/graph`` ``{graphs: [{graphId, compositeRequest: [...]}]}``."""
        if number_of(request.params["version"]) < _GRAPHS_SINCE:
            raise Refused.of("not_found")
        body = request.json
        graphs = body.get("graphs") if isinstance(body, dict) else None
        if not isinstance(graphs, list) or not all(isinstance(graph, dict) for graph in graphs):
            raise BadBody("Missing required parameter: graphs")
        names = [graph.get("graphId") for graph in graphs]
        if not all(isinstance(name, str) and name for name in names):
            raise BadBody("Missing required parameter: graphId")
        if len({*names}) < len(names):
            raise Refused("INVALID_INPUT", "Duplicate graphId provided in the request.")
        parts = [named_parts(graph, request.params["version"], MOST_NODES) for graph in graphs]
        if len(graphs) > MOST_GRAPHS or sum(map(len, parts)) > MOST_NODES:
            raise Refused("LIMIT_EXCEEDED", f"The limit is {MOST_GRAPHS} graphs with {MOST_NODES} nodes in all.")
        answered = []
        for graph, requests in zip(graphs, parts, strict=True):
            results = self.transaction(requests)
            answered.append(
                {
                    "graphId": str(graph.get("graphId", "")),
                    "graphResponse": {"compositeResponse": results},
                    "isSuccessful": all(result["httpStatusCode"] < 400 for result in results),
                }
            )
        return Reply.json(200, {"graphs": answered})

    def create_tree(self, request: Request) -> Reply:
        """``POST .../composite/tree/X`` ``{records: [{attributes: {type, referenceId}, CHILDREN: {records}}]}``."""
        if number_of(request.params["version"]) < _TREES_SINCE:
            raise Refused.of("not_found")
        sobject = self.object_of(request, "edit")
        body = request.json
        nodes = list(_nodes(self.model, sobject, body.get("records") if isinstance(body, dict) else None))
        if len(nodes) > MOST_RECORDS:
            raise Refused("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST_RECORDS} records")
        if len({node.sobject for node in nodes}) > MOST_OBJECTS:
            raise Refused("LIMIT_EXCEEDED", f"A tree can have records of {MOST_OBJECTS} different objects")
        failing = self.failing_parts([self.deal_named(node.fields, node.sobject) for node in nodes])
        ids: list[str | None] = []
        errors = []
        with self.store.change() as change:
            for position, node in enumerate(nodes):
                created = None
                try:
                    if position in failing:
                        raise failing[position]
                    created = self._create(node, ids)
                except Refused as refused:
                    errors.append({"referenceId": node.reference, "errors": refused.results()})
                ids.append(created)
            if errors:
                change.give_up()
        if errors:
            return Reply.json(400, {"hasErrors": True, "results": errors}, error="tree")
        made = [{"referenceId": node.reference, "id": id_} for node, id_ in zip(nodes, ids, strict=True)]
        return Reply.json(201, {"hasErrors": False, "results": made})

    def _create(self, node: Node, ids: list[str | None]) -> str | None:
        """The id of the new record; None for a child of a record that was refused. Raises Refused."""
        if node.parent is None:
            return self.writer.create(node.sobject, node.fields).id
        parent = ids[node.parent]
        if parent is None:
            return None
        name = self.state.schema.view(node.sobject).names.get(node.parent_field, node.parent_field)
        return self.writer.create(node.sobject, {**node.fields, name: parent}).id


def _nodes(model: Model, sobject: str, roots: Any) -> Iterator[Node]:
    """The records of a tree, parents before their children. Raises BadBody and Refused."""
    level: list[tuple[str, Any, int | None, str]] = [(sobject, roots, None, "")]
    known: set[str] = set()
    count = 0
    for depth in range(MOST_LEVELS):
        below: list[tuple[str, Any, int | None, str]] = []
        for kind, records, parent, field in level:
            if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
                raise BadBody("Missing required parameter: records")
            for record in records:
                reference = _reference(record, kind)
                if reference in known:
                    raise Refused("INVALID_INPUT", f"Duplicate ReferenceId provided in the request: {reference}")
                known.add(reference)
                children, own = _children(model, kind, record)
                below += [(child, inner, count, link) for child, link, inner in children]
                yield Node(reference, kind, own, parent, field)
                count += 1
        level = below
        if not level:
            return
        if depth == MOST_LEVELS - 1:
            raise Refused("LIMIT_EXCEEDED", f"A tree can be {MOST_LEVELS} levels deep")


def _reference(record: dict[str, Any], sobject: str) -> str:
    attributes = record.get("attributes")
    given = attributes if isinstance(attributes, dict) else {}
    if str(given.get("type", "")).lower() != sobject.lower():
        raise Refused("INVALID_INPUT", f"Include an entity type {sobject} in the attributes of each record.")
    if not given.get("referenceId"):
        raise Refused("INVALID_INPUT", "Include a reference ID for each record in the request.")
    return str(given["referenceId"])


def _children(model: Model, sobject: str, record: dict[str, Any]) -> tuple[list[tuple[str, str, Any]], dict[str, Any]]:
    """The children of a record (object, the field that names the parent, records), and its own fields."""
    by_name = {name.lower(): child for name, child in model.children[sobject].items()}
    children, own = [], {}
    for name, value in record.items():
        child = by_name.get(name.lower())
        if child is not None and isinstance(value, dict) and "records" in value:
            children.append((*child, value["records"]))
        else:
            own[name] = value
    return children, own
