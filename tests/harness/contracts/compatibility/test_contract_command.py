"""`gameday contract`: exit codes, and the three ways in which findings are written."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from planted import base, edited, planted, with_versions

from gameday.cli import main

ROWS = {row["name"]: row for row in planted("breaking") + planted("harmless")}
RENAME = "a field is renamed on the wire"
OWNERS = {"source": "sales-systems", "sink": "erp-platform", "finance": "finance-operations"}


class Answer(NamedTuple):
    """What a command said, and what it ended with."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def contract(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command in a folder of its own that has the base contracts in old/."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GIT_DIR", raising=False)
    write("old", base())

    def call(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["contract", *arguments])
        output = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Answer(ended.value.code, output.out, output.err)

    return call


def write(folder: str, texts: dict[str, str]) -> None:
    Path(folder).mkdir(exist_ok=True)
    for side, text in texts.items():
        (Path(folder) / f"deals.{side}.yaml").write_text(text)


def write_change(name: str, step: str = "none") -> None:
    write("new", with_versions(edited(base(), ROWS[name]), step))


def sign(change: str, **parts: str) -> None:
    entry = {"change": change, "signed": "2020-01-01", "expires": "9998-01-01", **parts}
    entries = [{"role": role, "username": username, **entry} for role, username in OWNERS.items()]
    Path("new/sign-offs.yaml").write_text(yaml.safe_dump({"signOffs": entries}))


def flows(answer: Answer) -> Any:
    return json.loads(answer.out)["flows"]


# -- diff --------------------------------------------------------------------------------------------


def test_nothing_changed_is_fine(contract: Command) -> None:
    answer = contract("diff", "old", "old")
    assert (answer.code, answer.out) == (0, "deals: no change\n")


def test_a_harmless_change_under_its_step_is_fine(contract: Command) -> None:
    write_change("an optional field is new", "minor")
    answer = contract("diff", "old", "new")
    assert answer.code == 0
    assert "breaks no record" in answer.out


def test_a_breaking_change_under_a_step_too_small_fails(contract: Command) -> None:
    write_change(RENAME, "minor")
    answer = contract("diff", "old", "new")
    assert answer.code == 1
    assert "new/deals.crm.yaml:49: deal.amount: Amount was renamed to Total_Contract__c" in answer.out
    assert "breaks old records in new code and new records in old code; concerns source, finance" in answer.out
    assert "declares a minor step, but its changes require a major step [contract.version-step]" in answer.out


def test_a_major_change_that_nobody_signed_fails(contract: Command) -> None:
    write_change(RENAME, "major")
    answer = contract("diff", "old", "new")
    assert answer.code == 1
    assert answer.out.count("[sign-off.missing]") == 3
    assert "contract.version-step" not in answer.out


def test_a_major_change_that_everyone_signed_is_fine(contract: Command) -> None:
    write_change(RENAME, "major")
    printed = re.search(r"change ([0-9a-f]{32})\n", contract("diff", "old", "new").out)
    assert printed
    sign(printed[1])
    assert contract("diff", "old", "new").code == 0


def test_the_sign_offs_may_be_elsewhere(contract: Command) -> None:
    write_change(RENAME, "major")
    sign(flows(contract("diff", "old", "new", "--format", "json"))[0]["change"])
    Path("new/sign-offs.yaml").rename("agreed.yaml")
    assert contract("diff", "old", "new", "--sign-offs", "agreed.yaml").code == 0


def test_expired_sign_offs_fail(contract: Command) -> None:
    write_change(RENAME, "major")
    sign(flows(contract("diff", "old", "new", "--format", "json"))[0]["change"], expires="2020-02-01")
    answer = contract("diff", "old", "new")
    assert answer.code == 1
    assert answer.out.count("[sign-off.expired]") == 3


def test_json_has_everything_that_the_text_says(contract: Command) -> None:
    write_change(RENAME, "minor")
    flow = flows(contract("diff", "old", "new", "--format", "json"))[0]
    assert (flow["flow"], flow["required_step"], flow["declared_step"]) == ("deals", "major", "minor")
    assert flow["changes"][0]["rule"] == "contract.field-renamed"
    assert flow["changes"][0]["breaks_old_records"] is True
    assert flow["signers"] == ["source", "sink", "finance"]
    assert {each["rule"] for each in flow["violations"]} >= {"contract.version-step", "sign-off.missing"}


def test_github_annotates_the_contracts_line(contract: Command) -> None:
    write_change(RENAME, "major")
    answer = contract("diff", "old", "new", "--format", "github")
    assert "::warning file=new/deals.crm.yaml,line=49,title=contract.field-renamed::deal.amount: Amount" in answer.out


def test_a_value_cannot_end_an_annotation_and_begin_another(contract: Command) -> None:
    texts = base()
    texts["crm"] = texts["crm"].replace("value: Negotiation", 'value: "50%\\n::error file=x::y"')
    write("new", texts)
    answer = contract("diff", "old", "new", "--format", "github")
    assert len(re.findall(r"^::", answer.out, re.MULTILINE)) == len(answer.out.splitlines())
    assert not re.search(r"^::error file=x", answer.out, re.MULTILINE)


def test_files_of_one_flow_are_compared_without_folders(contract: Command) -> None:
    write_change("an optional field is new", "minor")
    assert contract("diff", "old/deals.crm.yaml", "new/deals.crm.yaml").code == 0


@pytest.mark.slow
def test_a_revision_is_compared_with_the_work_tree(contract: Command) -> None:
    settings = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    for arguments in (["init", "--quiet"], ["add", "old"], ["commit", "--quiet", "-m", "old"]):
        subprocess.run(["git", *settings, *arguments], check=True, capture_output=True)
    write("old", edited(base(), ROWS[RENAME]))
    for arguments in (["--git", "HEAD", "deals"], ["--git", "HEAD", ".", "deals"], ["HEAD:old", "old"]):
        assert "[contract.field-renamed]" in contract("diff", *arguments).out
    assert contract("diff", "--git", "HEAD", "HEAD", "deals").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("diff",), r"Missing argument 'OLD NEW'"),
        (("diff", "old"), r"two contracts are compared, OLD and NEW, not 1"),
        (("diff", "--git", "a"), r"--git takes OLD_REVISION \[NEW_REVISION\] NAME, not 1"),
        (("diff", "old", "nowhere"), r"unknown contract 'nowhere'"),
        (("diff", "old", "old", "--sign-offs", "nowhere.yaml"), r"cannot read nowhere\.yaml: No such file"),
        (("diff", "old", "old", "--format", "xml"), r"'xml' is not one of"),
        (("check", "nowhere"), r"unknown contract 'nowhere'"),
        (
            ("dif", "old", "old"),
            r"unknown command 'dif' in gameday contract; known: check, diff, drift, init \(did you mean 'diff'",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(contract: Command, arguments: tuple[str, ...], message: str) -> None:
    answer = contract(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert re.fullmatch(r"gameday: [^\n]+\n", answer.err), answer.err
    assert re.search(message, answer.err), answer.err


# -- check -------------------------------------------------------------------------------------------


def test_contracts_that_make_sense_are_fine(contract: Command) -> None:
    answer = contract("check", "old", "closed-won-to-sales-order")
    assert (answer.code, answer.out) == (0, "2 contracts checked: 0 errors, 0 to look at\n")


def test_a_mistake_in_a_contract_is_reported_with_its_line(contract: Command) -> None:
    write("old", {"crm": base()["crm"].replace("version: 1.4.2", "version: one")})
    answer = contract("check", "old")
    assert answer.code == 1
    assert answer.out.startswith("old/deals.crm.yaml:6: error: the version 'one' is not like 1.2.3 [contract.version-")


def test_a_warning_alone_does_not_fail(contract: Command) -> None:
    write("old", {"crm": base()["crm"].replace("role: source", "role: reader")})
    answer = contract("check", "old")
    assert answer.code == 0
    assert "warning: no team member has the role source" in answer.out


def test_check_writes_json_and_annotations_too(contract: Command) -> None:
    write("old", {"crm": base()["crm"].replace("version: 1.4.2", "version: one")})
    found = json.loads(contract("check", "old", "--format", "json").out)
    assert (found["checked"], found["violations"][0]["line"]) == (1, 6)
    annotation = contract("check", "old", "--format", "github").out
    assert annotation.startswith("::error file=old/deals.crm.yaml,line=6,title=contract.version-not-semantic::")


def test_half_a_flow_is_an_error(contract: Command) -> None:
    Path("old/deals.erp.yaml").unlink()
    answer = contract("check", "old")
    assert answer.code == 1
    assert (
        "old/deals.erp.yaml:1: error: this file is missing: a flow has a .crm.yaml and an .erp.yaml "
        "[contract.side-missing]" in answer.out
    )
