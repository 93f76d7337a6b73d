"""``gameday init``: write a gameday.toml."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.terminal import show


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path), default=Path("gameday.toml"))
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def init(path: Path, force: bool) -> None:
    """Write a gameday.toml for your own stack, with a comment for every entry."""
    from gameday.base.errors import GamedayError
    from gameday.config.gameday_toml import init_text

    if path.exists() and not force:
        raise GamedayError(f"{path} exists already", hint="use --force to overwrite it")
    try:
        path.write_text(init_text())
    except OSError as problem:
        raise GamedayError(f"cannot write {path}: {problem.strerror}") from None
    show(f"wrote {path}; enter your stack's command, then run: gameday doctor mine mine")
