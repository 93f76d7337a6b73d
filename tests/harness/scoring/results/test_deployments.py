"""What runs in an environment decides whether the next version may meet it; what was edited decides nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gameday.contracts.odcs import load_contract
from gameday.scoring.deployment import Cell
from gameday.scoring.results.checks import record_check, required_checks
from gameday.scoring.results.deployments import (
    contract_texts,
    meetings,
    record_deployment,
    recorded_deployments,
)
from gameday.scoring.results.store import open_store

FLOW = "closed-won-to-sales-order"
BUNDLED = Path(__file__).parents[4] / "scenarios" / "gameday_scenarios" / "contracts"


class Pipeline:
    """A folder of contracts and a store, across the jobs of a pipeline."""

    def __init__(self, folder: Path) -> None:
        self.contracts = folder / "contracts"
        self.contracts.mkdir()
        for side in ("crm", "erp"):
            shutil.copy(BUNDLED / f"{FLOW}.{side}.yaml", self.contracts)
        self.address = folder / "results"
        self.store = open_store(str(self.address))

    def change(self, side: str, old: str, new: str) -> None:
        path = self.contracts / f"{FLOW}.{side}.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    def deploy(self, *, to: str = "prod", kind: str = "stack", version: str = "1.0") -> str:
        texts = contract_texts([FLOW], [self.contracts])
        return record_deployment(self.store, to, kind, "mine" if kind == "stack" else kind, version, texts)  # type: ignore[arg-type]

    def ask(self, *, to: str = "prod", first: bool = False) -> list[Cell]:
        contracts = {FLOW: load_contract(FLOW, [self.contracts])}
        recorded = recorded_deployments(self.store, to)
        return list(meetings(recorded, "mine", contracts, [self.contracts], first=first))

    def decisions(self, **asked: object) -> list[str]:
        return [cell.decision for cell in self.ask(**asked)]  # type: ignore[arg-type]


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path)


def rename_amount(pipeline: Pipeline) -> None:
    pipeline.change("crm", "physicalName: Amount", "physicalName: Amount__c")


def test_a_version_under_the_deployed_contract_may_meet_what_runs_there(pipeline: Pipeline) -> None:
    pipeline.deploy()
    assert pipeline.decisions() == ["yes", "yes"]


def test_without_any_deployment_there_is_no_answer(pipeline: Pipeline) -> None:
    assert pipeline.decisions() == ["inconclusive", "inconclusive"]


def test_the_first_deployment_to_an_environment_is_said_to_be_one(pipeline: Pipeline) -> None:
    assert pipeline.decisions(first=True) == ["yes", "yes"]


def test_a_deployment_to_staging_says_nothing_about_prod(pipeline: Pipeline) -> None:
    pipeline.deploy(to="staging")
    assert pipeline.decisions() == ["inconclusive", "inconclusive"]


def test_a_crm_that_still_has_the_old_name_is_a_no(pipeline: Pipeline) -> None:
    pipeline.deploy(kind="crm")
    pipeline.deploy(kind="erp")
    rename_amount(pipeline)
    crm, erp = pipeline.ask()
    assert (crm.decision, erp.decision) == ("no", "yes")
    assert "Amount" in crm.why


def test_a_crm_whose_own_change_nobody_recorded_has_no_answer(pipeline: Pipeline) -> None:
    pipeline.deploy()
    rename_amount(pipeline)
    crm, _ = pipeline.ask()
    assert crm.decision == "inconclusive"
    assert "--system crm" in crm.why


def test_the_newest_state_of_a_system_counts(pipeline: Pipeline) -> None:
    pipeline.deploy(kind="crm")
    pipeline.deploy(kind="erp")
    rename_amount(pipeline)
    pipeline.deploy(kind="crm")
    assert pipeline.decisions() == ["yes", "yes"]


def test_an_edited_deployment_leaves_no_answer(pipeline: Pipeline) -> None:
    pipeline.deploy(kind="crm")
    pipeline.deploy(kind="erp")
    newest = pipeline.deploy(kind="crm", version="2")
    path = pipeline.address / newest / "deployment.json"
    stated = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**stated, "version": "3"}), "utf-8")
    assert pipeline.decisions() == ["inconclusive", "inconclusive"]


def test_a_deployment_that_is_moved_to_another_environment_does_not_count_there(pipeline: Pipeline) -> None:
    path = pipeline.deploy(to="staging")
    shutil.copytree(pipeline.address / path, pipeline.address / path.replace("staging", "prod"))
    assert pipeline.decisions() == ["inconclusive", "inconclusive"]


def test_a_deployment_that_another_key_has_sealed_does_not_count(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAMEDAY_SEAL_SECRET", "the secret of another pipeline")
    pipeline.deploy()
    monkeypatch.setenv("GAMEDAY_SEAL_SECRET", "the secret of this pipeline")
    assert pipeline.decisions() == ["inconclusive", "inconclusive"]


Recorded = Callable[..., None]


@pytest.fixture
def recorded(pipeline: Pipeline) -> Recorded:
    def add(result: str, *, kind: str = "canary", environment: str = "staging", version: str = "2.0") -> None:
        digests = {FLOW: load_contract(FLOW, [pipeline.contracts]).digest}
        record_check(pipeline.store, kind, environment, "mine", version, result, digests, None)  # type: ignore[arg-type]

    return add


def required(pipeline: Pipeline, *asked: str) -> list[str]:
    contracts = {FLOW: load_contract(FLOW, [pipeline.contracts])}
    return [cell.decision for cell in required_checks(pipeline.store, asked, "mine", "2.0", contracts)]


def test_a_required_check_that_is_not_recorded_has_no_answer(pipeline: Pipeline, recorded: Recorded) -> None:
    recorded("passed", version="1.9")
    assert required(pipeline, "canary") == ["inconclusive"]


def test_the_newest_result_of_a_check_counts(pipeline: Pipeline, recorded: Recorded) -> None:
    recorded("passed")
    recorded("failed")
    assert required(pipeline, "canary") == ["no"]
    recorded("passed")
    assert required(pipeline, "canary") == ["yes"]


def test_each_required_check_is_another_one(pipeline: Pipeline, recorded: Recorded) -> None:
    recorded("passed")
    assert required(pipeline, "canary:staging", "canary:prod", "reconciliation") == [
        "yes",
        "inconclusive",
        "inconclusive",
    ]


def test_a_result_under_another_contract_does_not_count(pipeline: Pipeline, recorded: Recorded) -> None:
    recorded("passed")
    rename_amount(pipeline)
    assert required(pipeline, "canary") == ["inconclusive"]


def test_a_result_without_its_seal_does_not_count(pipeline: Pipeline, recorded: Recorded) -> None:
    recorded("passed")
    [path] = [*pipeline.address.rglob("check.json")]
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | {"by": "somebody"}))
    assert required(pipeline, "canary") == ["inconclusive"]
