"""The pages in a browser: nothing is wider than the window, at phone and at laptop width."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gameday_reports import render, render_summary

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom",
)  # fmt: skip
#: The page itself runs no script and forbids any, so that a copy without its policy is measured.
MEASURE = "<script>document.title = document.documentElement.scrollWidth + ' in ' + window.innerWidth</script>"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


def widths(page: Path, width: int, folder: Path) -> tuple[int, int]:
    """How wide the content is, and how wide the window, in CSS pixels."""
    text, policies = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"))
    assert policies == 1
    copy = folder / "copy.html"
    copy.write_text(text.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    command = [
        str(CHROMIUM),
        *FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},900",
        copy.as_uri(),
    ]
    dom = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    found = re.search(r"<title>(\d+) in (\d+)</title>", dom)
    assert found is not None
    return int(found[1]), int(found[2])


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(told_sketch: Any, tmp_path: Path, width: int) -> None:
    # An id that cannot be broken at a blank, and amounts of many digits.
    long = told_sketch.deal("D-" + "x" * 120, 116, "123456789012.34", "USD")
    told_sketch.refused(long, 118, "E" * 300)
    run_dir = told_sketch.record(tmp_path)
    render(run_dir)
    for page in (
        run_dir / "postmortem.html",
        run_dir / "brief.html",
        render_summary([run_dir], tmp_path / "index.html"),
    ):
        content, window = widths(page, width, tmp_path)
        assert content <= window
