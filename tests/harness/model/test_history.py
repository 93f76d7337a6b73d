"""The history file: append-only, readable after any death."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.model.events import KINDS, DealClosed, FaultHit, Intervention, Note, OtherEvent
from gameday.model.history import History, HistoryWriter, LineDecoder, Seen, encode_line
from support.rows import rows
from support.thorough import examples

VALUES = st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=20), st.integers(-9, 9), st.booleans()))
OUTCOMES = st.sampled_from(["invoke", "ok", "fail", "info"])


def write(path: Path, count: int) -> None:
    with HistoryWriter(path) as history:
        for number in range(count):
            history.append("workload", "close_deal", "ok", float(number), {"key": f"D{number}"})


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    write(tmp_path / "h", 3)
    history = History.read(tmp_path / "h")
    assert [(op.index, op.time_s, op.event.key) for op in history.of(DealClosed)] == [
        (0, 0.0, "D0"),
        (1, 1.0, "D1"),
        (2, 2.0, "D2"),
    ]


def test_an_operation_is_on_disk_before_the_next_begins(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path / "h") as history:
        history.append("harness", "note", "info", 1.0, {"text": "here"})
        assert len(History.read(tmp_path / "h")) == 1


def test_money_is_written_as_text(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path / "h") as history:
        history.append("netsuite", "order_write", "ok", 1.0, {"total": Decimal("0.10")})
    assert next(iter(History.read(tmp_path / "h"))).value["total"] == "0.10"


def test_operations_are_found_by_kind_and_outcome(tmp_path: Path) -> None:
    write(tmp_path / "h", 2)
    history = History.read(tmp_path / "h")
    assert len(list(history.of(DealClosed, Note))) == 2
    assert not list(history.of(DealClosed, outcome="fail"))


@rows("cut", range(1, 30))
def test_a_last_line_that_was_cut_off_is_left_out_and_counted(tmp_path: Path, cut: int) -> None:
    write(tmp_path / "h", 3)
    whole = (tmp_path / "h").read_bytes()
    (tmp_path / "h").write_bytes(whole[:-1][:-cut])
    history = History.read(tmp_path / "h")
    assert (len(history), history.torn) == (2, 1)


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    write(tmp_path / "h", 3)
    lines = (tmp_path / "h").read_bytes().splitlines(keepends=True)
    (tmp_path / "h").write_bytes(lines[0] + b'{"process": 1}\n' + lines[2])
    with pytest.raises(GamedayError, match=r"h:2: not an operation"):
        History.read(tmp_path / "h")


def line(f: str, value: object, index: int = 0) -> bytes:
    operation = {"process": "x", "f": f, "value": value, "outcome": "ok", "time_s": 1.0, "index": index}
    return msgspec.json.encode(operation) + b"\n"


@rows(
    ("f", "value", "problem"),
    [
        ("close_deal", {"deal": "006"}, "missing required field `key`"),
        ("order_write", {"total": "much"}, r"Invalid decimal string - at `\$\.total`"),
        ("alert", {"signal": {"kind": "shout"}}, r"Invalid enum value 'shout' - at `\$\.signal\.kind`"),
        ("phase", [], "Expected `object`, got `array`"),
    ],
)
def test_a_value_that_does_not_fit_its_kind_is_named_with_its_line(
    tmp_path: Path, f: str, value: object, problem: str
) -> None:
    (tmp_path / "h").write_bytes(line("note", {}) + line(f, value, 1) + line("note", {}, 2))
    with pytest.raises(GamedayError, match=rf"h:2: not an operation: .*{problem}"):
        History.read(tmp_path / "h")


def test_a_value_that_does_not_fit_its_kind_is_not_written(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path / "h") as history:
        with pytest.raises(GamedayError, match=r"fake: event 'hit': .*missing required field `fault`"):
            history.append("fake", "hit", "ok", 1.0, {"order": "006"})
        assert history.record("harness", Note(text="next"), "info", 2.0).index == 0
    assert len(History.read(tmp_path / "h")) == 1


def test_a_kind_that_is_not_known_is_kept(tmp_path: Path) -> None:
    value = {"queue": "q", "depth": [1, 2]}
    (tmp_path / "h").write_bytes(line("queue_full", value))
    (op,) = History.read(tmp_path / "h")
    assert (op.f, op.event, op.value) == ("queue_full", OtherEvent("queue_full", value), value)


def test_fields_that_a_kind_does_not_have_are_kept_in_the_value(tmp_path: Path) -> None:
    value = {"key": "D1", "region": "north"}
    (tmp_path / "h").write_bytes(line("close_deal", value))
    (op,) = History.read(tmp_path / "h").of(DealClosed)
    assert (op.event.key, op.value) == ("D1", value)


def test_an_event_is_written_with_the_fields_that_it_has_and_no_defaults(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path / "h") as history:
        history.record("harness", Intervention("replay", ids=("7",)), "ok", 1.0)
        history.record("harness", Note(text="here"), "info", 2.0)
    assert [op.value for op in History.read(tmp_path / "h")] == [{"act": "replay", "ids": ["7"]}, {"text": "here"}]


def test_every_kind_is_named_once() -> None:
    assert len({kind.f for kind in KINDS}) == len(KINDS)


def test_a_lenient_reader_keeps_a_value_that_does_not_fit_as_an_unknown_event() -> None:
    (op,) = LineDecoder(lenient=True).decode_lines(line("phase", {"phase": 7}))
    assert op.event == OtherEvent("phase")


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match=r"cannot read the history .*No such file"):
        History.read(tmp_path / "none")


@given(st.binary(max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(200))
def test_any_bytes_give_a_history_or_a_clear_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "h").write_bytes(data)
    try:
        History.read(tmp_path / "h")
    except GamedayError as problem:
        assert "\n" not in str(problem)


@pytest.mark.slow
@given(st.lists(st.tuples(OUTCOMES, st.floats(0, 1e6), VALUES), max_size=8), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60))
def test_of_a_run_killed_at_any_byte_the_whole_operations_are_kept(
    tmp_path: Path, operations: list[tuple[Any, float, dict[str, Any]]], data: st.DataObject
) -> None:
    path = tmp_path / "h"
    path.unlink(missing_ok=True)
    with HistoryWriter(path) as history:
        written = [history.append("p", "note", outcome, time_s, value) for outcome, time_s, value in operations]
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    read = list(History.read(path))
    # A line whose only missing byte is its end is whole.
    assert read == written[: len(read)]
    assert len(read) >= whole[:cut].count(b"\n")


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every history stays in its file, however short."""
    monkeypatch.setattr("gameday.model.history.LONG_BYTES", 0)
    monkeypatch.setattr("gameday.model.stored_operations.BLOCK_BYTES", 256)


def _long(path: Path) -> list[bytes]:
    """A history of many blocks and three kinds, as its lines."""
    with HistoryWriter(path) as writer:
        for number in range(200):
            writer.append("harness", "note", "info", float(number), {"text": f"note {number}"})
            if number % 3 == 0:
                writer.append("netsuite", "hit", "ok", number, {"fault": "f", "operation": "x", "order": str(number)})
            if number == 150:
                writer.append("acme", "unheard of", "info", number, {"a": 1})
    return path.read_bytes().splitlines(keepends=True)


def test_a_long_history_in_its_file_says_what_a_short_one_says(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    lines = _long(path)
    history = History.read(path)
    whole = [LineDecoder().decode(line) for line in lines]
    assert list(history) == whole
    assert len(history) == len(whole)
    assert list(history.of(FaultHit, Note)) == [op for op in whole if isinstance(op.event, FaultHit | Note)]
    assert list(history.of(FaultHit, outcome="fail")) == []
    assert list(history.of(FaultHit, OtherEvent, outcome="ok")) == [
        op for op in whole if isinstance(op.event, FaultHit)
    ]
    assert history.at({150, 3, 10_000}) == [whole[3], whole[150]]
    assert set(history.kinds) == {Note, FaultHit, OtherEvent}


def test_lines_of_any_length_are_found_again_in_the_file(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    with HistoryWriter(path) as writer:
        for number in range(9):
            writer.append("harness", "note", "info", number, {"text": "x" * (80_000 if number == 5 else number)})
    whole = [LineDecoder().decode(line) for line in path.read_bytes().splitlines()]
    history = History.read(path)
    assert list(history) == whole
    assert list(history.only(lambda op: op.index > 3)) == whole[4:]


@pytest.mark.slow
def test_a_long_history_is_not_held_in_memory(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    lines = _long(path)
    # The same lines, many times over: only where each is may be kept.
    path.write_bytes(b"".join(lines) * 50)
    tracemalloc.start()
    try:
        assert sum(1 for _ in History.read(path)) == 50 * len(lines)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < path.stat().st_size / 2


@pytest.mark.parametrize("long_bytes", [0, 1_000_000])
def test_a_part_of_a_history_has_those_operations_and_no_others(
    tmp_path: Path, stored: None, monkeypatch: pytest.MonkeyPatch, long_bytes: int
) -> None:
    monkeypatch.setattr("gameday.model.history.LONG_BYTES", long_bytes)
    path = tmp_path / "history.jsonl"
    whole = [LineDecoder().decode(line) for line in _long(path)]
    part = History.read(path).only(lambda op: 100 < op.index < 170 and not isinstance(op.event, OtherEvent))
    kept = [op for op in whole if 100 < op.index < 170 and not isinstance(op.event, OtherEvent)]
    assert list(part) == kept
    assert len(part) == len(kept)
    assert part.at({3, 120, 150}) == [op for op in kept if op.index in (120, 150)]
    assert set(part.kinds) == {Note, FaultHit}
    assert list(part.of(FaultHit)) == [op for op in kept if isinstance(op.event, FaultHit)]


@pytest.mark.slow
def test_a_part_of_a_long_history_is_not_held_in_memory(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"".join(_long(path)) * 50)
    history = History.read(path)
    tracemalloc.start()
    try:
        part = history.only(lambda op: op.index != 7)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(part) == len(history) - 50
    assert most_bytes < path.stat().st_size / 2


def test_a_look_at_some_operations_does_not_list_all(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    whole = [LineDecoder().decode(line) for line in _long(path)]
    many = [msgspec.structs.replace(op, index=index) for index, op in enumerate(whole * 50)]
    path.write_bytes(b"".join(map(encode_line, many)))
    history = History.read(path)
    chosen = {0, 7, 6_000, len(many) - 1}
    tracemalloc.start()
    try:
        found = history.at(chosen)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [many[number] for number in sorted(chosen)]
    assert most_bytes < 8 * len(many)


def test_a_torn_line_of_a_long_history_is_left_out(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    lines = _long(path)
    path.write_bytes(b"".join(lines)[:-5])
    history = History.read(path)
    assert (history.torn, len(list(history))) == (1, len(lines) - 1)


def test_a_broken_line_of_a_long_history_is_named(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    lines = _long(path)
    path.write_bytes(b"".join([*lines[:100], b"{}\n", *lines[100:]]))
    with pytest.raises(GamedayError, match=r"history\.jsonl:101: not an operation"):
        History.read(path)


def test_a_long_history_that_changes_while_it_is_read_is_an_error(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    lines = _long(path)
    history = History.read(path)
    path.write_bytes(b"x" + b"".join(lines))
    with pytest.raises(GamedayError, match="has changed since"):
        list(history)


class Texts:
    """Collects the texts of notes and the orders of hits."""

    kinds = (Note, FaultHit)

    def __init__(self) -> None:
        self.texts: list[str | None] = []

    def add(self, seen: Seen[Note | FaultHit]) -> None:
        self.texts.append(seen.event.text if isinstance(seen.event, Note) else seen.event.order)


def test_what_is_collected_while_a_history_is_read_is_what_it_holds(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    lines = _long(path)
    later = History.read(path).collected(Texts).texts
    assert History.read(path, [Texts]).collected(Texts).texts == later
    assert len(later) == len(lines) - 1
    path.write_bytes(b"".join(lines)[:-5])
    assert History.read(path, [Texts]).collected(Texts).texts == later[:-1]
    assert History.read(path, [Texts]).only(lambda op: op.index < 2).collected(Texts).texts == later[:2]


def test_two_operations_in_a_line_of_a_long_history_are_an_error(tmp_path: Path, stored: None) -> None:
    path = tmp_path / "history.jsonl"
    # With an empty line there are as many lines as operations.
    for after in (b"", b"\n" + line("note", {})):
        path.write_bytes(line("note", {})[:-1] + line("note", {}) + after)
        with pytest.raises(GamedayError, match=r"history\.jsonl:1: not an operation"):
            History.read(path)


def test_a_figure_beyond_calculation_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    with HistoryWriter(path) as writer:
        writer.append("netsuite", "order_write", "ok", 1.0, {"order": "1", "deal": "D", "total": "1e5"})
    path.write_bytes(path.read_bytes().replace(b'"1e5"', b'"1e999999999"').replace(b'"1E+5"', b'"1e999999999"'))
    with pytest.raises(GamedayError, match=r"history\.jsonl:1: .*out of range"):
        History.read(path)
