"""A sign-off counts only if it is tied to who really gave it, once the registry says who the owners are."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from planted import base, edited, flow, planted, with_versions

from gameday.base.errors import GamedayError
from gameday.contracts.codeowners import codeowners
from gameday.contracts.compatibility import check_sign_offs, compare, parse_sign_offs
from gameday.contracts.compatibility.approvals import Approvers, read_approvers
from gameday.contracts.flows import FlowRegistry, RegisteredFlow
from gameday.contracts.people import Person, read_people
from support.rows import rows

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
OWNERS = {"source": "sales-systems", "sink": "erp-platform", "finance": "finance-operations"}
PEOPLE = {who: Person(frozenset({f"{who}@example.com"}), (f"{who}-lead",)) for who in OWNERS.values()}
RENAMED = next(row for row in planted("breaking") if row["name"] == "a field is renamed on the wire")
CHANGE = compare(flow(base()), flow(with_versions(edited(base(), RENAMED), "major")))


class Repository:
    """A repository whose sign-offs are committed one by one, each by somebody."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / "sign-offs.yaml"
        self.entries: list[dict[str, str]] = []
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(self.root), *arguments], check=True, capture_output=True)

    def write(self, role: str) -> None:
        entry = {"change": CHANGE.digest, "role": role, "username": OWNERS[role]}
        self.entries.append({**entry, "signed": "2026-03-02", "expires": "2026-04-01"})
        self.path.write_text(yaml.safe_dump({"signOffs": self.entries}), "utf-8")

    def commit(self, email: str) -> None:
        self.git("add", "-A")
        self.git("-c", "user.name=somebody", "-c", f"user.email={email}", "commit", "--quiet", "-m", "signed")

    def sign(self, role: str, email: str = "") -> None:
        self.write(role)
        self.commit(email or f"{OWNERS[role]}@example.com")

    def rules(self, approvers: Approvers | None = None) -> list[str]:
        sign_offs = parse_sign_offs(self.path.read_bytes(), path=str(self.path))
        return [
            violation.rule
            for violation in check_sign_offs(CHANGE, sign_offs, now=NOW, approvers=approvers or Approvers(PEOPLE))
        ]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path)


def test_what_each_owner_has_committed_is_signed(repository: Repository) -> None:
    for role in OWNERS:
        repository.sign(role)
    assert repository.rules() == []


def test_a_sign_off_that_somebody_else_has_committed_is_not_proven(repository: Repository) -> None:
    repository.sign("source")
    repository.sign("sink", "developer@example.com")
    repository.sign("finance")
    assert repository.rules() == ["sign-off.not-proven"]


def test_a_sign_off_that_somebody_else_has_edited_since_is_not_proven(repository: Repository) -> None:
    for role in OWNERS:
        repository.sign(role)
    repository.path.write_text(repository.path.read_text("utf-8").replace("2026-04-01", "2027-04-01", 1), "utf-8")
    repository.commit("developer@example.com")
    assert repository.rules() == ["sign-off.not-proven"]


def test_a_sign_off_that_is_not_committed_is_not_proven(repository: Repository) -> None:
    repository.sign("source")
    repository.sign("sink")
    repository.write("finance")
    assert repository.rules() == ["sign-off.not-proven"]


def test_a_shallow_clone_proves_nothing_and_says_so(repository: Repository, tmp_path: Path) -> None:
    for role in OWNERS:
        repository.sign(role)
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth", "1", f"file://{tmp_path}", str(clone))
    with pytest.raises(GamedayError, match="the clone is shallow"):
        Approvers(PEOPLE).signer("sales-systems", str(clone / "sign-offs.yaml"), range(1, 9))


def test_nobody_signs_for_three_roles(repository: Repository) -> None:
    everywhere = {who: Person(frozenset({"ada@example.com"})) for who in OWNERS.values()}
    for role in OWNERS:
        repository.sign(role, "ada@example.com")
    assert repository.rules(Approvers(everywhere)) == ["sign-off.one-person"]


def test_an_approval_of_the_review_proves_a_sign_off(repository: Repository) -> None:
    for role in OWNERS:
        repository.sign(role, "developer@example.com")
    approvals = frozenset(f"{who}-lead" for who in OWNERS.values())
    assert repository.rules(Approvers(PEOPLE, approvals=approvals)) == []


def test_where_only_approvals_count_an_author_proves_nothing(repository: Repository) -> None:
    for role in OWNERS:
        repository.sign(role)
    assert repository.rules(Approvers(PEOPLE, "approval")) == ["sign-off.not-proven"] * 3


def test_where_only_signatures_count_an_unsigned_commit_proves_nothing(repository: Repository) -> None:
    for role in OWNERS:
        repository.sign(role)
    assert repository.rules(Approvers(PEOPLE, "signature")) == ["sign-off.not-proven"] * 3


@pytest.mark.slow
def test_a_signed_commit_proves_a_sign_off(repository: Repository, tmp_path: Path) -> None:
    made = subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=False)
    assert made.returncode == 0
    public = (tmp_path / "key.pub").read_text("utf-8")
    (tmp_path / "signers").write_text(f"ada@example.com {public}", "utf-8")
    for name, value in {
        "gpg.format": "ssh",
        "user.signingkey": str(tmp_path / "key.pub"),
        "commit.gpgsign": "true",
        "gpg.ssh.allowedSignersFile": str(tmp_path / "signers"),
    }.items():
        repository.git("config", name, value)
    for role in OWNERS:
        repository.sign(role)
    ada = {who: Person(frozenset({"ada@example.com"})) for who in OWNERS.values()}
    assert repository.rules(Approvers(PEOPLE, "signature")) == ["sign-off.not-proven"] * 3
    assert repository.rules(Approvers(ada, "signature")) == ["sign-off.one-person"]


def test_an_owner_whom_the_registry_does_not_know_proves_nothing(repository: Repository) -> None:
    for role in OWNERS:
        repository.sign(role)
    people = {who: person for who, person in PEOPLE.items() if who != "erp-platform"}
    assert repository.rules(Approvers(people)) == ["sign-off.not-proven"]


def people_of(*emails: str) -> str:
    return yaml.safe_dump({"flows": [], "people": [{"owner": "sales-systems", "emails": [*emails]}]})


def test_nobody_becomes_an_owner_by_the_change_that_they_sign(repository: Repository) -> None:
    registry = repository.root / "flows.yaml"
    registry.write_text(people_of("ada@example.com"), "utf-8")
    repository.commit("ada@example.com")
    registry.write_text(people_of("developer@example.com"), "utf-8")
    approvers = read_approvers(registry, "main:deals", "author", {})
    assert approvers.people["sales-systems"].emails == {"ada@example.com"}


def test_the_first_registry_with_people_is_that_of_the_change(repository: Repository) -> None:
    repository.write("source")
    repository.commit("ada@example.com")
    registry = repository.root / "flows.yaml"
    registry.write_text(people_of("ada@example.com"), "utf-8")
    assert read_approvers(registry, "main:deals", "author", {}).known


def test_approvals_are_read_as_a_ci_passes_them(repository: Repository) -> None:
    registry = repository.root / "flows.yaml"
    registry.write_text(people_of("ada@example.com"), "utf-8")
    approvers = read_approvers(registry, "", "approval", {"GAMEDAY_APPROVALS": "@Ada, bob,,"})
    assert approvers.approvals == {"ada", "bob"}


@rows(
    ("people", "said"),
    [
        ("people: 7", "7 is not a list"),
        ("people: [{owner: a, emails: [nobody]}]", "'nobody' is not an e-mail address"),
        ("people: [{owner: a, handles: ['a b']}]", "'a b' is not a handle"),
        ("people: [{owner: a}, {owner: a}]", "'a' is already there"),
        ("people: [{emails: [a@b.c]}]", "owner"),
    ],
)
def test_a_mistake_in_the_people_is_one_clear_line(people: str, said: str) -> None:
    with pytest.raises(GamedayError, match=said):
        read_people(people.encode(), where="flows.yaml")


def test_codeowners_name_the_people_of_each_side(tmp_path: Path) -> None:
    owners = {"source": "sales-systems", "sink": "erp-platform", "sync": "finance-operations"}
    flows = (RegisteredFlow("deals", contract="deals", owners=owners),)
    registry = FlowRegistry(str(tmp_path / "flows.yaml"), flows, (), people=PEOPLE)
    (tmp_path / "my contracts").mkdir()
    lines = codeowners(registry, {"deals": tmp_path / "my contracts"}, tmp_path).splitlines()
    assert "/my\\ contracts/deals.crm.yaml @sales-systems-lead @finance-operations-lead" in lines
    assert "/my\\ contracts/deals.erp.yaml @erp-platform-lead @finance-operations-lead" in lines
    [last] = [line for line in lines if line.startswith("/flows.yaml")]
    assert len(last.split()) == 4


def test_an_owner_without_a_handle_is_named_in_codeowners(tmp_path: Path) -> None:
    flows = (RegisteredFlow("deals", contract="deals", owners={"sync": "unknown-team"}),)
    registry = FlowRegistry(str(tmp_path / "flows.yaml"), flows, ())
    assert "unknown-team has no handle" in codeowners(registry, {"deals": tmp_path}, tmp_path)
