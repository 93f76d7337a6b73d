"""What an engineer may name to be compared: files, folders, flows, and any of them in a git revision."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from planted import base

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility import FlowContracts, read_flow, read_flows
from gameday.contracts.compatibility.sources import find_files, paired, read_beside

FLOW = "closed-won-to-sales-order"


def git(*arguments: str) -> None:
    settings = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *arguments], check=True, capture_output=True)


def write(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for side, text in texts.items():
        (folder / f"deals.{side}.yaml").write_text(text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the flow "deals" in contracts/, which is the current one."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "contracts", base())
    return tmp_path


@pytest.fixture
def repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same as a repository, whose tag "old" has another version than the work tree."""
    monkeypatch.delenv("GIT_DIR", raising=False)
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "old")
    git("tag", "old")
    write(folder / "contracts", {"crm": base()["crm"].replace("version: 1.4.2", "version: 1.4.3")})
    return folder


def seen(flow: FlowContracts) -> tuple[str, list[str], list[str]]:
    return flow.name, [each.source.side for each in flow.documents], [each.version for each in flow.documents]


def test_a_file_is_one_contract_with_its_flows_other_one_beside_it(folder: Path) -> None:
    flow = read_flow("contracts/deals.crm.yaml")
    assert seen(flow) == ("deals", ["crm"], ["1.4.2"])
    assert [each.source.side for each in flow.beside] == ["erp"]


def test_a_file_of_any_other_name_is_known_by_its_id(folder: Path) -> None:
    Path("candidate.yaml").write_text(base()["erp"])
    assert seen(read_flow("candidate.yaml"))[:2] == ("candidate", ["erp"])


def test_a_folder_is_every_flow_in_it(folder: Path) -> None:
    (folder / "contracts" / "leads.crm.yaml").write_text(base()["crm"])
    assert [flow.name for flow in read_flows("contracts")] == ["deals", "leads"]


def test_a_flows_name_is_both_its_files_from_the_given_folders(folder: Path) -> None:
    assert seen(read_flow("deals", [folder / "contracts"]))[:2] == ("deals", ["crm", "erp"])


def test_a_flows_name_is_looked_for_in_the_bundled_contracts_too(folder: Path) -> None:
    assert read_flow(FLOW).name == FLOW


def test_a_path_without_the_files_endings_is_a_flow(folder: Path) -> None:
    assert seen(read_flow("contracts/deals"))[:2] == ("deals", ["crm", "erp"])


@pytest.mark.parametrize("named", ["old:contracts/deals.crm.yaml", "old:./contracts/deals.crm.yaml"])
def test_a_file_of_a_revision(repository: Path, named: str) -> None:
    flow = read_flow(named)
    assert seen(flow) == ("deals", ["crm"], ["1.4.2"])
    assert len(flow.beside) == 1


@pytest.mark.parametrize("named", ["old:contracts", "old:deals", "old:contracts/deals", "HEAD:contracts/"])
def test_a_flow_of_a_revision(repository: Path, named: str) -> None:
    assert seen(read_flow(named)) == ("deals", ["crm", "erp"], ["1.4.2", "2.0.0"])


def test_the_work_tree_under_the_same_path(repository: Path) -> None:
    assert seen(read_flow(".:deals"))[2] == ["1.4.3", "2.0.0"]


def test_the_work_tree_has_what_is_not_added_yet(repository: Path) -> None:
    write(repository / "more", {"crm": base()["crm"]})
    assert seen(read_flow(".:more"))[:2] == ("deals", ["crm"])


def test_a_path_is_also_taken_from_the_current_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "contracts")
    assert seen(read_flow("old:deals.crm.yaml"))[2] == ["1.4.2"]
    assert seen(read_flow("old:../contracts"))[2] == ["1.4.2", "2.0.0"]


def test_files_beside_a_revisions_contracts_are_of_the_same_revision(repository: Path) -> None:
    (repository / "contracts" / "sign-offs.yaml").write_text("signOffs: []\n")
    assert read_beside(read_flow("old:deals"), "sign-offs.yaml") == ("contracts/sign-offs.yaml", None)
    assert read_beside(read_flow(".:deals"), "sign-offs.yaml") == ("contracts/sign-offs.yaml", b"signOffs: []\n")


def test_a_place_of_a_revision_is_a_path_that_a_tool_can_open(repository: Path) -> None:
    source = read_flow("old:deals").documents[0].source
    assert (source.path, source.label) == ("contracts/deals.crm.yaml", "old:contracts/deals.crm.yaml")


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("nothing", r"unknown contract 'nothing'; known: closed-won-to-sales-order"),
        ("x" * 5000, r"unknown contract 'xxx"),
        ("a\0b", r"unknown contract"),
        (":deals", r"':deals' is not REVISION:PATH"),
        ("old:", r"'old:' is not REVISION:PATH"),
        ("older:deals", r"no git revision 'older' here \(a shallow clone"),
        ("--help:deals", r"no git revision '--help'"),
        ("old:daels", r"unknown contract 'daels' in the revision old; known: deals \(did you mean 'deals'\?\)"),
        ("old:../../etc", r"unknown contract '../../etc' in the revision old"),
        ("empty", r"no contracts in 'empty'"),
    ],
)
def test_a_missing_source_is_one_line(repository: Path, named: str, message: str) -> None:
    Path("empty").mkdir()
    with pytest.raises(GamedayError, match=message) as caught:
        read_flows(named)
    assert "\n" not in str(caught.value)


def test_a_flow_in_two_folders_of_a_revision_has_to_be_named_with_one(repository: Path) -> None:
    write(repository / "more", base())
    with pytest.raises(GamedayError, match=r"'deals' is in 2 folders of \.: contracts, more"):
        read_flow(".:deals")


def test_an_empty_file_is_reported_as_empty(folder: Path) -> None:
    Path("deals.crm.yaml").write_text("# nothing yet\n")
    with pytest.raises(GamedayError, match=r"deals\.crm\.yaml is empty, not a contract"):
        read_flow("deals.crm.yaml")


def test_outside_of_a_repository_there_is_not_a_revision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    with pytest.raises(GamedayError, match=r"this folder is not in a git repository.*name a folder or file"):
        read_flow("main:contracts")


def test_without_git_there_is_not_a_revision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(GamedayError, match="git is not installed"):
        read_flow("main:contracts")


def test_a_folder_of_several_is_not_one_flow(folder: Path) -> None:
    (folder / "contracts" / "leads.crm.yaml").write_text(base()["crm"])
    with pytest.raises(GamedayError, match=r"holds 2 flows: deals, leads; name one"):
        read_flow("contracts")


def test_two_single_flows_are_a_pair_whatever_their_names(folder: Path) -> None:
    Path("candidate.yaml").write_text(base()["crm"])
    old, new = read_flows("contracts/deals.crm.yaml"), read_flows("candidate.yaml")
    assert paired(old, new) == [(old[0], new[0])]


def test_the_two_sides_of_a_flow_are_not_compared(folder: Path) -> None:
    crm, erp = read_flows("contracts/deals.crm.yaml"), read_flows("contracts/deals.erp.yaml")
    with pytest.raises(
        GamedayError, match=r"deals\.crm\.yaml and contracts/deals\.erp\.yaml are the two sides of a flow"
    ):
        paired(crm, erp)


def test_of_two_folders_flows_are_paired_by_name_and_none_is_left_out(folder: Path) -> None:
    write(folder / "new", base())
    (folder / "new" / "leads.crm.yaml").write_text(base()["crm"])
    pairs = paired(read_flows("contracts"), read_flows("new"))
    assert [(len(old.documents), len(new.documents)) for old, new in pairs] == [(2, 2), (0, 1)]


def test_without_a_name_every_known_contract_is_checked(folder: Path) -> None:
    found = set(find_files((), [folder / "contracts"]))
    assert {"deals", FLOW} <= found
    assert all(name.startswith(FLOW) for name in found - {"deals"})


def test_a_missing_half_is_among_the_files(folder: Path) -> None:
    (folder / "contracts" / "deals.erp.yaml").unlink()
    assert find_files(["contracts"]) == {"contracts/deals": ("contracts/deals.crm.yaml", "contracts/deals.erp.yaml")}
