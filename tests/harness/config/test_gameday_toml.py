"""gameday.toml: defaults, errors that name file, key and value, and the stacks that it and the package know."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, init_text, load_config
from gameday.config.stack_table import TEMPLATE_NAMES, bundled_stacks, contract_for, stack_table
from gameday.model.contract import Contract
from gameday.records.deals_file import COLUMNS


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "gameday.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def bugs(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = {"no-idempotency-key": "Writes every order anew."}
    monkeypatch.setattr("gameday.config.stack_table.planted_bugs", lambda: planted)


def problem(path: Path) -> str:
    with pytest.raises(GamedayError) as caught:
        load_config(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_file_everything_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config() == Config()


def test_the_file_of_the_current_folder_is_found(write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("[run]\npace = 30\n")
    monkeypatch.chdir(path.parent)
    assert load_config().run.pace == 30.0


def test_what_init_writes_loads(write) -> None:
    assert load_config(write(init_text())).stacks["mine"].command == ("./start-my-sync",)


def test_what_init_writes_in_comments_is_the_default(write) -> None:
    plain = load_config(write("[stack.mine]\ncommand = ['x']\n"))
    lines = [line.removeprefix("# ") for line in init_text().splitlines()]
    sections = ["[run]", "pace", "parallel", "runs", "stacks", "seeds", "start_timeout_s", "alerts", "tickets"]
    kept = [line for line in lines if line.startswith("[run]") or (line.split(" = ")[0] in sections and " = " in line)]
    at = next(i for i, line in enumerate(kept) if line.startswith("start_timeout_s"))
    text = "\n".join([*kept[:at], "[stack.mine]", "command = ['x']", *kept[at:]])
    assert load_config(write(text)) == plain


def test_what_init_writes_shows_every_template() -> None:
    assert all(f"{{{name}}}" in init_text() for name in TEMPLATE_NAMES)


def test_paths_are_relative_to_the_file(write) -> None:
    path = write("[run]\nruns = 'r'\n[contracts]\nfolders = ['c']\n[stack.x]\nurl = 'http://127.0.0.1:1'\n")
    config = load_config(path)
    folder = path.parent
    assert (config.runs_dir, config.contract_folders) == (folder / "r", (folder / "c",))
    assert Path(config.stack("x").directory) == folder


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[run]\npce = 1", ["unknown key 'pce'", "[run] of", "gameday.toml", "pace"]),
        ("[run]\npace = 'fast'", ["'fast'", "'pace'", "float"]),
        ("[run]\npace = nan", ["nan", "'pace'"]),
        ("[run]\nseeds = [1, -2]", ["[1, -2]", "'seeds'"]),
        ("[run]\nstacks = []", ["[]", "'stacks'"]),
        ("[runn]", ["unknown table 'runn'", "did you mean 'run'"]),
        ("run = 1", ["[run]", "is 1", "not a table"]),
        ("stack = 3", ["'stack'", "is 3"]),
        ("[stack]\nmine = 3", ["[stack.mine]", "is 3"]),
        ("[stack.mine]", ["[stack.mine]", "either a command or a url"]),
        ("[stack.mine]\ncommand = ['a']\nurl = 'http://a'", ["either a command or a url"]),
        ("[stack.mine]\ncommand = 'run me'", ["'run me'", "'command'", "array"]),
        ("[stack.mine]\ncommand = ['{crm_uri}']", ["'crm_uri'", "{crm_url}".strip("{}"), "'command'"]),
        ("[stack.mine]\ncommand = ['{pace:>999999999}']", ["'pace:>999999999'"]),
        ("[stack.mine]\ncommand = ['a{']", ["'a{'", "brace"]),
        ("[stack.mine]\ncommand = ['a']\nenv = {X = '{y}'}", ["'y'", "'X'"]),
        ("[stack.mine]\ncommand = ['a']\nenv = {'A=B' = 'y'}", ["'A=B'", "environment"]),
        ("[stack.mine]\nurl = 'ftp://x'", ["'ftp://x'", "not a URL"]),
        ("[stack.mine]\nurl = 'http://x:99999'", ["'http://x:99999'", "not a URL"]),
        ("[stack.mine]\nurl = 'http://x'\nhealth = 'healthz'", ["'healthz'", "'health'"]),
        ("[stack.mine]\nurl = 'http://x'\nreplay = 'SEND /x'", ["'SEND /x'", "'replay'"]),
        ("[stack.mine]\nurl = 'http://x'\npause = 'POST /pause'", ["resume"]),
        ("[stack.mine]\nurl = 'http://x'\nroll_out = 'POST /rollout'", ["no roll_back hook"]),
        ("[stack.mine]\nurl = 'http://x'\nname = 'y'", ["'name'", "brackets"]),
        ("[stack.durable]\nurl = 'http://x'", ["[stack.durable]", "bundled"]),
        ("[stack.'a+b']\nurl = 'http://x'", ["'a+b'"]),
        ("[stack.mine]\nurl = 'http://x'\nstart_timeout_s = inf", ["inf", "'start_timeout_s'"]),
        ("[fakes]\ncontrol = 'x'", ["'x'", "'control'", "[fakes]"]),
        ("[fakes]\ntoken = 'secret'", ["unknown key 'token'", "[fakes]"]),
        ("[contracts]\nfolders = 'x'", ["'x'", "'folders'"]),
        ("[deals]\ncolumns = {amnt = 'Netto'}", ["unknown column 'amnt'", "[deals]", "did you mean 'amount'"]),
        ("[deals]\ncolumns = {amount = 3}", ["'columns'", "[deals]"]),
        ("signals = 3", ["[signals]", "is 3"]),
        ("[signals.owner]", ["unknown key 'owner'", "[signals]", "did you mean 'owners'"]),
        ("[signals.owners]\nrouting-key = {}", ["unknown key 'routing-key'", "[signals.owners]", "'routing_key'"]),
        ("[signals.owners]\nservice = {x = 3}", ["'service'", "[signals.owners]"]),
        ("[signals.flows]\nassignee = {}", ["unknown key 'assignee'", "[signals.flows]"]),
        ("a = \nb = 1", ["gameday.toml", "not TOML", "line 1"]),
        ("a = " + "[" * 5000, ["not TOML"]),
        ("[run]\nparallel = " + "9" * 5000, ["not TOML"]),
    ],
)
def test_a_mistake_is_one_line_with_file_key_and_value(write, text: str, said: list[str]) -> None:
    found = problem(write(text))
    assert [part for part in said if part not in found] == []


def test_the_columns_of_order_books_reach_their_workload(write) -> None:
    config = load_config(write("[deals]\ncolumns = {order = 'Auftrag'}\n"))
    assert config.deal_columns == {"order": "Auftrag"}


def test_what_init_writes_names_every_column() -> None:
    line = next(line for line in init_text().splitlines() if line.startswith("# Columns: "))
    assert line.split()[2:] == list(COLUMNS)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    assert "gameday init" in problem(tmp_path / "none.toml")


def test_a_file_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "gameday.toml"
    path.write_bytes(b"[run]\nruns = '\xe9'")
    assert "not UTF-8" in problem(path)


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    assert "cannot read" in problem(tmp_path)


def test_a_file_beyond_any_configuration_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "gameday.toml"
    path.write_bytes(b"#" * (256 * 1024 + 1))
    assert "bytes" in problem(path)


def test_the_bundled_stacks_are_three() -> None:
    assert sorted(bundled_stacks()) == ["brittle", "durable", "durable-postgres"]


def test_the_bundled_stacks_get_all_of_their_environment() -> None:
    urls = ("CRM_URL", "ERP_URL", "PAGER_URL", "TICKETS_URL")
    names = ("CRM", "ERP", *urls, "LISTEN", "STATE_DIR", "PACE", "FLOW", "CREDENTIALS")
    expected = {f"GAMEDAY_{name}" for name in names}
    assert {name: {*table.env} - expected for name, table in bundled_stacks().items()} == {
        "brittle": set(),
        "durable": set(),
        "durable-postgres": {"GAMEDAY_DATABASE"},
    }
    assert all(expected <= {*table.env} for table in bundled_stacks().values())


@pytest.mark.usefixtures("bugs")
def test_a_planted_bug_is_the_durable_stack_with_its_name_in_the_environment() -> None:
    planted, durable = stack_table("durable+no-idempotency-key"), stack_table("durable")
    assert planted.name == "durable+no-idempotency-key"
    assert planted.env == {**durable.env, "GAMEDAY_BUG": "no-idempotency-key"}
    assert planted.command == durable.command


@pytest.mark.usefixtures("bugs")
@pytest.mark.parametrize("name", ["durabel", "durable+", "brittle+no-idempotency-key", "", "durable+no-idempotency"])
def test_an_unknown_stack_is_answered_with_the_known(name: str) -> None:
    with pytest.raises(GamedayError, match=r"known: .*(durable|no-idempotency-key)"):
        stack_table(name)


def test_a_stack_declares_what_it_does_without(write) -> None:
    config = load_config(write("[stack.x]\ncommand = ['a']\nabsent = ['webhook', 'invoices']\n"))
    table = config.stack("x")
    assert table.absent == ("webhook", "invoices")
    contract = Contract("a flow", match="externalId")
    assert (contract_for(contract, table).invoiced, contract_for(contract, table).match) == (False, "externalId")
    assert contract_for(contract, stack_table("durable")).invoiced


def test_an_unknown_capability_is_refused_with_the_known(write) -> None:
    with pytest.raises(GamedayError, match=r"unknown capability 'web hook' in 'absent' in \[stack.x\] of .*webhook"):
        load_config(write("[stack.x]\ncommand = ['a']\nabsent = ['web hook']\n"))


def test_a_stack_without_its_folder_is_refused_when_it_is_used(write) -> None:
    config = load_config(write("[stack.x]\ncommand = ['a']\ndirectory = 'gone'\n"))
    with pytest.raises(GamedayError, match=r"no such folder: .*gone.*'x'"):
        config.stack("x")


def test_a_long_path_is_shown_by_its_end(write) -> None:
    config = load_config(write(f"[stack.x]\ncommand = ['a']\ndirectory = '{'d' * 90}/gone'\n"))
    with pytest.raises(GamedayError, match=r"no such folder: '\.\.\.d+/gone', the directory of stack 'x'"):
        config.stack("x")


def test_an_endless_folder_name_is_not_a_traceback(write) -> None:
    config = load_config(write(f"[stack.x]\ncommand = ['a']\ndirectory = '{'d' * 5000}'\n"))
    with pytest.raises(GamedayError, match="no such folder"):
        config.stack("x")


def test_own_stacks_are_added_to_the_bundled(write) -> None:
    assert list(load_config(write("[stack.x]\nurl = 'http://a'\n")).stack_names()) == [
        *("brittle", "durable", "durable-postgres", "x")
    ]


_KEYS = st.sampled_from(
    [
        *("run", "stack", "fakes", "contracts", "pace", "parallel", "runs", "stacks", "seeds", "mine", "command"),
        *("url", "env", "directory", "health", "replay", "control", "folders", "start_timeout_s", "name", "match", "x"),
    ]
)
_LEAVES = (
    st.integers() | st.floats() | st.booleans() | st.text(max_size=8) | st.sampled_from(["{crm_url}", "{", "http://["])
)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(f"\\U{ord(c):08x}" for c in value if not 0xD800 <= ord(c) < 0xE000) + '"'
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
    return repr(value)


def _survives(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gameday.toml"
        path.write_bytes(data)
        try:
            config = load_config(path)
            for name in config.stacks:
                config.stack(name)
        except GamedayError as found:
            assert "\n" not in str(found)
            assert len(str(found)) < 1000


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf[run]")
def test_any_bytes_give_at_most_one_line(data: bytes) -> None:
    _survives(data)


@pytest.mark.slow
@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
@example({"stack": {"mine": {"command": ["{crm_url.__class__}"]}}})
@example({"stack": {"mine": {"url": "http://["}}})
@example({"stack": {"mine": {"command": ["\0"]}}})
@example({"run": {"seeds": [2**63]}})
def test_any_tables_give_at_most_one_line(tables: dict[str, object]) -> None:
    text = "\n".join(f"{key} = {_toml(value)}" for key, value in tables.items())
    tomllib.loads(text)
    _survives(text.encode())
