"""The token of fakes that run already: from the environment, or from the file that `gameday fakes serve` keeps.

A token goes to no address but the one that it belongs to. The file is named after its address. The variable belongs to
the address in gameday.toml; a rollback entry keeps a seal of the token that its run used there, so that after a crash
another token of the same variable is not sent to it.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.base.owner import known_keys, sealed, state_folder, user_key
from gameday.config.stack_environment import FAKES_TOKEN_VARIABLE

_FOLDER = "fakes"


def token_file(control: str) -> Path:
    """The file for the token of the fakes at this address. Raises GamedayError if there is no folder for it."""
    return state_folder() / _FOLDER / (re.sub(r"[^A-Za-z0-9.-]+", "-", control.partition("://")[2].lower()) + ".token")


def keep_token(control: str, token: str) -> Path:
    """Write down the token of fakes that are served here, readable by this user only. Raises GamedayError."""
    path = token_file(control)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token)
    except OSError as problem:
        raise GamedayError(f"cannot write the token to {str(path)!r}: {problem.strerror}") from None
    return path


def control_token(control: str) -> str:
    """The token for the configured fakes at this address; empty if none is known."""
    if token := os.environ.get(FAKES_TOKEN_VARIABLE, ""):
        return token
    with contextlib.suppress(OSError, GamedayError):
        return token_file(control).read_text(encoding="ascii")
    return ""


def token_seal(control: str, token: str) -> str:
    """What a rollback entry keeps of the token of its fakes: only the owner of the user's key can compute it."""
    return sealed(user_key(), "token", control, token) if token else ""


def token_headers(control: str, seal: str) -> dict[str, str]:
    """The header with the token that belongs to these fakes, if it is known here."""
    token = control_token(control)
    if token and seal and any(sealed(key, "token", control, token) == seal for key in known_keys()):
        return {"authorization": f"Bearer {token}"}
    return {}
