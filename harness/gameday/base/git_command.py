"""Calls the user's own git, never asking for anything on a terminal."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

from gameday.base.errors import GamedayError

_PATIENCE_S = 60


class GitRefused(GamedayError):
    """Git ended with an error; the text is its first line."""


def git(*arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
    """The output of one git command in the current folder. ``environment`` is added to the process's own.

    Raises GamedayError if git is missing, takes too long or ends with an error.
    """
    own = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 - the user's own git
            input=stdin,
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
            env={**os.environ, **own, **(environment or {})},
        )
    except FileNotFoundError:
        raise GamedayError("git is not installed, so no revision can be read") from None
    except subprocess.TimeoutExpired:
        raise GamedayError(f"git {arguments[0]} did not end within {_PATIENCE_S} s") from None
    except ValueError:
        raise GamedayError("a revision or a path cannot contain a NUL byte") from None
    if done.returncode:
        error = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        if "not a git repository" in error:
            raise GamedayError(
                "this folder is not in a git repository, so there are no revisions", hint="name a folder or file"
            )
        raise GitRefused(f"git {arguments[0]}: {error[:200] or f'ended with {done.returncode}'}")
    return done.stdout
