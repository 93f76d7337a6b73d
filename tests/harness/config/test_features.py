"""Features are found here and in the library, and named so that another machine finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.config.features import find_features, library, portable

BUNDLED = "delivery/reply_lost.feature"


def test_an_own_feature_takes_precedence_over_a_bundled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own = tmp_path / BUNDLED
    own.parent.mkdir()
    own.touch()
    assert find_features(Path(BUNDLED)) == own.resolve()


def test_a_bundled_feature_is_found_by_its_name_in_the_library() -> None:
    assert find_features(Path(BUNDLED)) == library() / BUNDLED


def test_an_unknown_feature_is_one_line() -> None:
    with pytest.raises(GamedayError, match=r"no such file or folder: 'delivery/none\.feature'"):
        find_features(Path("delivery/none.feature"))


@pytest.mark.parametrize("folder", ["library", "here"])
def test_a_portable_name_finds_the_feature_and_has_no_local_path(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own.feature"
    own.touch()
    path = own if folder == "here" else library() / BUNDLED
    assert not Path(portable(path)).is_absolute()
    assert find_features(Path(portable(path))) == path.resolve()


def test_what_is_neither_a_file_nor_a_folder_is_refused() -> None:
    with pytest.raises(GamedayError, match="'/dev/null' is neither a file nor a folder"):
        find_features(Path("/dev/null"))
