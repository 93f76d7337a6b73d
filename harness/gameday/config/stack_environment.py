"""Which variables of the harness's environment a stack gets: what a program needs to run, and no secrets.

A stack under test may hold on to whatever it finds: with a token of a real system it would log in there. So everything
is withheld but the variables of the system, of locales and of language runtimes, and of these too what has a proxy or
a credential among its options. A table names further ones.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

#: Names of the system, of locales and of language runtimes. None of them holds a credential by convention.
_OF_RUNTIMES = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|PWD|TERM|TZ|TMPDIR|TEMP|TMP|HOSTNAME|LANG|LANGUAGE"
    r"|LC_(ALL|COLLATE|CTYPE|MESSAGES|MONETARY|NUMERIC|TIME|ADDRESS|IDENTIFICATION|MEASUREMENT|NAME|PAPER|TELEPHONE)"
    r"|XDG_((CACHE|CONFIG|DATA|STATE)_HOME|(CONFIG|DATA)_DIRS|RUNTIME_DIR)"
    r"|LD_(LIBRARY_PATH|PRELOAD|RUN_PATH|BIND_NOW|AUDIT|DEBUG)|DYLD_[A-Z_]+_(PATH|LIBRARIES)|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE"
    r"|PYTHON[A-Z]+|VIRTUAL_ENV|CONDA_(PREFIX|DEFAULT_ENV)|UV_CACHE_DIR|PYENV_(ROOT|VERSION)"
    r"|NODE_(PATH|OPTIONS|ENV|EXTRA_CA_CERTS)|NVM_(DIR|BIN|INC)|NPM_CONFIG_CACHE|NO_COLOR|FORCE_COLOR"
    r"|JAVA_HOME|JDK_HOME|JAVA_TOOL_OPTIONS|CLASSPATH|M2_HOME|MAVEN_(HOME|OPTS)|GRADLE_USER_HOME"
    r"|GEM_(HOME|PATH)|RUBY(LIB|OPT)|BUNDLE_(PATH|GEMFILE)|RBENV_(ROOT|VERSION)"
    r"|GO(PATH|ROOT|CACHE|FLAGS|MAXPROCS|GC)|CARGO_HOME|RUSTUP_HOME|PERL5LIB|PHP(RC|_INI_SCAN_DIR)|DOTNET_(ROOT|CLI_HOME)",
    re.IGNORECASE,
)

#: Options of a runtime may set proxies and properties.
_OPTIONS = re.compile(r".*(OPTIONS|OPTS?|FLAGS)", re.IGNORECASE)
_SECRET = re.compile(r"proxy|passw|passphrase|secret|token|credential|(api|access|private)[._-]?key", re.IGNORECASE)
#: The credentials in a URL.
_LOGIN = re.compile(r"://[^/\s]*@")

#: The token of remote fakes comes from this variable, never from gameday.toml: that is usually committed.
FAKES_TOKEN_VARIABLE = "GAMEDAY_FAKES_TOKEN"  # noqa: S105 - the name of a variable
#: It names a Toxiproxy that runs already.
TOXIPROXY_URL_VARIABLE = "GAMEDAY_TOXIPROXY_URL"
#: With it a pipeline seals its runs (``gameday.scoring.seal``).
SEAL_SECRET_VARIABLE = "GAMEDAY_SEAL_SECRET"  # noqa: S105 - the name of a variable
#: Ours: with one of them a stack could drive or forge its own test, so it gets none even if its table names it.
OUR_TOKENS = frozenset({FAKES_TOKEN_VARIABLE, "GAMEDAY_LIVE_TOKEN", "GAMEDAY_TOXIPROXY_TOKEN", SEAL_SECRET_VARIABLE})


def stack_environment(environment: Mapping[str, str], inherit: Collection[str]) -> dict[str, str]:
    """The variables that a stack gets beside those of its table: of runtimes, and those that the table inherits.

    >>> sorted(stack_environment({"PATH": "/bin", "CRM_TOKEN": "x", "DB": "y"}, ["DB"]))
    ['DB', 'PATH']
    """
    return {
        name: value
        for name, value in environment.items()
        if (name in inherit or _of_runtime(name, value)) and name not in OUR_TOKENS
    }


def _of_runtime(name: str, value: str) -> bool:
    if not _OF_RUNTIMES.fullmatch(name) or _LOGIN.search(value):
        return False
    return not (_OPTIONS.fullmatch(name) and _SECRET.search(value))


def withheld(environment: Mapping[str, str], inherit: Collection[str]) -> list[str]:
    """The names of the variables that a stack does not get, in order of the alphabet."""
    return sorted({*environment} - {*stack_environment(environment, inherit)})
