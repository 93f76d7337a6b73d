"""The version of a stack that is recorded with its results."""

from __future__ import annotations

import os
import re
import string

from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday.config.stack_table import StackTable

_VERSION = r"(|[A-Za-z0-9][A-Za-z0-9._+:@/-]{0,127})"


def stack_version(stack: StackTable) -> str:
    """The version that the table names, "" for none. Raises GamedayError for a variable that is not set."""
    where = f"'version' in [stack.{stack.name}]"
    try:
        return check_version(string.Template(stack.version).substitute(os.environ), where)
    except KeyError as problem:
        name = str(problem.args[0])[:80]
        raise GamedayError(
            f"{where} needs the environment variable {name!r}, which is not set", hint="or give --stack-version"
        ) from None
    except ValueError:
        raise GamedayError(f"bad template {shown(stack.version)}, {where}", hint="write ${NAME}, and $ twice") from None


def check_version(version: str, where: str) -> str:
    """The version as it was given. Raises GamedayError if it could not be typed in a shell."""
    if not re.fullmatch(_VERSION, version):
        raise GamedayError(
            f"{shown(version)}, {where}, is not a version", hint="letters, digits and ._+:@/- , at most 128 of them"
        )
    return version
