"""A small sample of ``python -m fuzz``: every reader and wire answers mutated input, or refuses it in one line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from fuzz import readers, wires
from fuzz.campaign import Broken, run
from fuzz.recorded import recorded
from fuzz.target import Target

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Target]:
    """All readers and wires."""
    return {**readers.targets(recorded(tmp_path_factory.mktemp("fuzz"))), **wires.targets()}


def test_every_reader_and_wire_takes_its_own_samples(targets: Mapping[str, Target], tmp_path: Path) -> None:
    for name, target in targets.items():
        for number, sample in enumerate(target.samples):
            folder = tmp_path / name.replace("/", "-").replace(":", "") / str(number)
            folder.mkdir(parents=True)
            target.read(sample, folder)


def test_no_mutated_input_breaks_anything(targets: Mapping[str, Target], monkeypatch: pytest.MonkeyPatch) -> None:
    # A session sets it for its workers; it is put back so that no other test sees it.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name, target in targets.items():
        try:
            run(target, examples=8, first=1)
        except Exception as problem:
            raise AssertionError(f"{name}: PYTHONPATH=tests python -m fuzz --only {name!r}") from problem


def test_the_smallest_input_that_breaks_a_target_is_shown() -> None:
    def read(data: bytes, _: Path) -> None:
        if b"\x1b[2J" in data:
            raise ValueError("it clears the screen")

    with pytest.raises(Broken, match=r"b'\\x1b\[2J': ValueError: it clears the screen"):
        run(Target(read, (b"a line\n" * 20,)), examples=3000, first=1)
