"""The Node client for the Pub/Sub API (npm, salesforce-pubsub-api-client, CC0), unmodified, over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.server import LOOPBACK, bind
from gameday_fakes.tls import Authority
from support.credentials import SALESFORCE
from support.served import Served, write

pytestmark = [pytest.mark.slow, pytest.mark.needs("pubsub"), pytest.mark.needs("pubsub_node")]

CLIENTS = Path(__file__).parents[1] / "node_clients"
TOPIC = "/event/Deal_Won__e"
NO_TOPIC = (
    "The topic information for org CORE/prod/{} and topic /event/Nothing__e not found. Ensure the topic name is "
    "correct and that the topic exists."
)
EVENT = {"fields": {"Deal__c": {"type": "string", "length": 18}}}


async def conversation(crm: Served, folder: Path) -> dict[str, Any]:
    """What the client found; the account changes again and again from when it listens."""
    plain = await crm.fake.serve_on(bind(LOOPBACK, 0))
    secure = await crm.fake.serve_on(bind(LOOPBACK, 0), tls=Authority(folder).context(["api.pubsub.salesforce.com"]))
    account = next(iter(crm.fake.store.tables["Account"].values()))
    given = {
        "loginUrl": f"http://{LOOPBACK}:{plain.port}",
        "endpoint": f"{LOOPBACK}:{secure.port}",
        "event": TOPIC,
        "changes": {"topic": "/data/AccountChangeEvent", "field": "AccountNumber"},
        "user": crm.fake.seeded.integration_user_id,
        "client": {"clientId": SALESFORCE["client_id"], "clientSecret": SALESFORCE["client_secret"]},
        "login": {
            "username": SALESFORCE["username"],
            "password": SALESFORCE["password"],
            "userToken": SALESFORCE["security_token"],
        },
    }
    command = ["node", str(CLIENTS / "pubsub_events.mjs"), json.dumps(given)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    assert process.stderr is not None

    async def change_the_account() -> None:
        number = 0
        while True:
            number += 1
            crm.fake.writer.update(account, {"AccountNumber": f"A-{number}"})
            await asyncio.sleep(0.1)

    changing: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(60):
            await process.stdout.readline()
            changing = asyncio.create_task(change_the_account())
            found = await process.stdout.read()
            assert found, (await process.stderr.read()).decode()
    finally:
        if changing is not None:
            changing.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        for listener in (plain, secure):
            await listener.close()
        await crm.fake.close()
    return dict(json.loads(found), account=account.id)


def test_the_node_client_publishes_subscribes_and_replays_unmodified(tmp_path: Path) -> None:
    crm = Served("salesforce", write(tmp_path / "organisation", salesforce__Deal_Won__e=EVENT))
    crm.fake.configure({"change_events": ["Account"], "managed_subscriptions": [f"Orders={TOPIC}"]})
    (tmp_path / "tls").mkdir()
    found = asyncio.run(conversation(crm, tmp_path / "tls"))
    changed = found.pop("changed")
    found["refused"] = [text.partition(" rpcId: ")[0] for text in found["refused"]]
    organisation = crm.fake.seeded.organization_id
    assert changed[:3] == ["UPDATE", ["AccountNumber", "LastModifiedDate"], [found.pop("account")]]
    assert str(changed[3]).startswith("A-")
    assert found == {
        "keys": ["key-1", "key-2", "key-3", "key-4", "key-5"],
        "first": ["D-1", "D-2", "D-3"],
        "then": ["D-4", "D-5"],
        "ids": [True] * 5,
        "replayed": ["D-4", "D-5"],
        "batch": ["B-1", "B-2"],
        "resumed": True,
        "refused": [f"5 NOT_FOUND: {NO_TOPIC.format(organisation)}"],
    }
    assert [event.value["call"] for event in crm.fake.events.after(0) if event.f == "unsupported"] == [
        "the topic /event/..."
    ]
