"""The seal of a folder: the digest of every record, authenticated with a key.

The key is the user's (``gameday.base.owner``), or the secret in GAMEDAY_SEAL_SECRET: with it, what one machine of a
pipeline has sealed can be verified on another. Who has the key can seal anything; a folder from anybody else, and one
that was edited, is recognised. Verdicts and scores have a seal of their own, for what only lists them; where a decision
rests on them, they are computed again from the records.
"""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.owner import known_keys, sealed, user_key
from gameday.base.whole_file import write_whole
from gameday.config.stack_environment import SEAL_SECRET_VARIABLE
from gameday.model.checker import DeadLetter
from gameday.model.history import History
from gameday.scoring.digests import Digest, difference, digest_of, open_record
from gameday_fakes.ledger import Ledger

SEAL_FILE = "seal.json"
#: The seal of verdicts and scorecard, and of what they were judged by.
JUDGEMENT_SEAL = "judgement.seal.json"
JUDGEMENT = ("verdicts.json", "scorecard.json", SEAL_FILE)
#: A shorter secret could be found by trying.
SHORTEST_SECRET = 16
FORMAT = 1
#: Users whose folders are as good as one's own, and who may look at everybody's: root.
TRUSTED_USERS: tuple[int, ...] = (0,)
#: Sets these seals apart from everything else that is authenticated with the user's key.
_PURPOSE = "seal of a folder"
#: Every record of a run. What else lies in its folder is no evidence.
RECORDS = (
    "run.json", "scenario.json", "contract.json", "rates.json", "history.jsonl", "control.jsonl",
    "control.ledgers.json", "ledger.crm.json", "ledger.erp.json", "dead_letters.json",
)  # fmt: skip

#: Kinds of folders that hold one file of their own and no record of a run.
_WITHOUT_RECORDS = ("gate", "deployment", "check", "replay", "judgement", "incident", "drift")

Kind = Literal[
    "run", "unfinished run", "export", "control", "gate", "deployment", "check", "replay", "judgement", "incident",
    "drift",
]  # fmt: skip
Word = Literal["intact", "unfinished", "export", "renamed", "exposed", "altered", "foreign", "unsealed"]


class Until(msgspec.Struct, frozen=True):
    """Both ledgers of a run that has not ended yet, and how many operations its history had when they were read.

    ``dead_letters`` is what its stack had parked when it answered last.
    """

    operations: int
    crm: Ledger
    erp: Ledger
    dead_letters: tuple[DeadLetter, ...] = ()


class _Statement(msgspec.Struct, frozen=True):
    """What is authenticated. ``folder`` is the folder's name when it was sealed."""

    kind: Kind
    folder: str
    records: dict[str, Digest]
    format: int = FORMAT
    until: Until | None = None


class _SealFile(msgspec.Struct, frozen=True):
    """The file: the statement as written, its seal, and which key that is by."""

    statement: msgspec.Raw
    key: str
    seal: str


class Seal(msgspec.Struct, frozen=True):
    """What a folder's seal says about it. ``why`` is one clause; empty if the folder is intact.

    intact: as it was sealed, by this user or with the secret. unfinished: the same, but the run did not end, so that
    only its beginning is sealed. export: a redacted copy, as it was made. renamed: intact, but sealed under another
    name, so a copy. exposed: intact, but somebody else can change it. altered: not as it was sealed. foreign: sealed
    with a key that is not here. unsealed: without a seal, as the folders of older versions are.
    """

    word: Word
    why: str = ""

    @property
    def counts(self) -> bool:
        """Whether a decision may rest on the folder."""
        return self.word in ("intact", "unfinished")

    @property
    def sentence(self) -> str:
        """The word and why; empty if the folder is intact."""
        return f"{self.word}: {self.why}" if self.why else ""


def seal(
    folder: Path,
    kind: Kind,
    names: Iterable[str] = RECORDS,
    *,
    known: Mapping[str, Digest] | None = None,
    until: Until | None = None,
    file: str = SEAL_FILE,
) -> None:
    """Seal those of the records that there are. ``known`` are digests that need not be computed again.

    Raises GamedayError if there is no key, or a record cannot be read.
    """
    known = known or {}
    present = [name for name in names if name in known or (folder / name).exists()]
    records = {name: known.get(name) or digest_of(folder / name) for name in present}
    statement = msgspec.json.encode(_Statement(kind, folder.resolve().name, records, until=until))
    key = seal_key()
    content = _SealFile(msgspec.Raw(statement), _id_of(key), sealed(key, _PURPOSE, statement))
    write_whole(folder / file, msgspec.json.encode(content))


def seal_judgement(folder: Path) -> None:
    """Seal what a run was judged to be, once it has been written. Raises GamedayError if there is no key."""
    seal(folder, "judgement", JUDGEMENT, file=JUDGEMENT_SEAL)


def verify_judged(folder: Path) -> Seal:
    """What the seals say about a run and about what it was judged to be, which therefore need not be judged again."""
    records = verify(folder)
    return verify(folder, kinds=["judgement"], file=JUDGEMENT_SEAL) if records.word == "intact" else records


def verify(folder: Path, *, kinds: Iterable[Kind] = ("run", "unfinished run", "export"), file: str = SEAL_FILE) -> Seal:
    """What a folder's seal says about it; ``kinds`` are those that may stand there. Raises GamedayError only for a
    secret that is too short."""
    try:
        found = _read(folder, file)
        if found is None:
            return _unsealed(folder, Seal("unsealed", "no seal shows whether anything was edited"))
        key = next((key for key in _keys() if _is_by(key, found)), None)
        if key is None:
            return _not_ours(folder, found, file)
        statement = json_text.decode(found.statement, _Statement)
    except json_text.Unreadable as problem:
        return Seal("altered", f"{file} cannot be read: {problem}")
    except GamedayError as problem:
        if not isinstance(problem, _NoRecord):
            raise
        return Seal("altered", str(problem))
    if statement.format > FORMAT or statement.kind not in tuple(kinds):
        return Seal("altered", f"{file} is that of another folder")
    return _altered(folder, statement) or _intact(folder, statement)


def seal_key() -> bytes:
    """The key of new seals: the pipeline's secret, else the user's key. Raises GamedayError if there is neither."""
    return _secret() or user_key()


def until_of(folder: Path) -> Until | None:
    """The ledgers of a run that did not end, as last saved; None without any.

    Whether they are genuine is what ``verify`` says. Raises GamedayError if they cannot be read.
    """
    try:
        found = _read(folder, SEAL_FILE)
        return json_text.decode(found.statement, _Statement).until if found is not None else None
    except json_text.Unreadable as problem:
        raise GamedayError(f"{folder / SEAL_FILE} cannot be read: {problem}", hint="was it edited?") from None


class _NoRecord(GamedayError):
    """The seal's file is no regular file."""


def _read(folder: Path, file: str) -> _SealFile | None:
    path = folder / file
    try:
        with open_record(path) as opened:
            return json_text.decode(opened.read(), _SealFile)
    except FileNotFoundError:
        return None
    except GamedayError as problem:
        raise _NoRecord(problem.problem) from None


def _altered(folder: Path, statement: _Statement) -> Seal | None:
    """How the records differ from the statement; None if they do not."""
    unfinished = statement.kind == "unfinished run"
    for name, digest in statement.records.items():
        if why := difference(folder / name, digest, growing=unfinished and name.endswith(".jsonl")):
            return Seal("altered", why)
    # What a run has written since its last seal is not looked at.
    added = [name for name in RECORDS if name not in statement.records and os.path.lexists(folder / name)]
    if added and not unfinished and statement.kind not in _WITHOUT_RECORDS:
        return Seal("altered", f"{added[0]} was added")
    return None


def _intact(folder: Path, statement: _Statement) -> Seal:
    """What is to be said of a folder whose records are those that were sealed."""
    if why := _open_to_others(folder):
        return Seal("exposed", why)
    if (name := folder.resolve().name) != statement.folder:
        return Seal("renamed", f"a copy: it was sealed as {statement.folder!r}, not as {name!r}")
    if statement.kind == "export":
        return Seal("export", "a redacted copy of a run")
    if statement.kind == "unfinished run":
        return Seal("unfinished", "the run did not end")
    return Seal("intact")


def _not_ours(folder: Path, found: _SealFile, file: str) -> Seal:
    """A seal that no key here has made."""
    if any(_id_of(key) == found.key for key in _keys()):
        return Seal("altered", f"{file} was changed")
    hint = "" if _secret() else f"; {SEAL_SECRET_VARIABLE} is not set"
    what = "an export, " if _claims_export(found) else ""
    return _unsealed(folder, Seal("foreign", f"{what}sealed by somebody else, with a key that is not here{hint}"))


def _claims_export(found: _SealFile) -> bool:
    """Whether a seal that cannot be verified says that it is one of an export."""
    try:
        return json_text.decode(found.statement, _Statement).kind == "export"
    except json_text.Unreadable:
        return False


def _unsealed(folder: Path, otherwise: Seal) -> Seal:
    """What can be seen without a key: whether the history is continuous."""
    try:
        last = -1
        path = folder / "history.jsonl"
        for operation in History.read(path) if path.is_file() else ():
            if operation.index != last + 1:
                return Seal("altered", f"history.jsonl is not continuous after operation {last:,}")
            last = operation.index
    except GamedayError:  # whoever reads it says so
        pass
    return otherwise


def _open_to_others(folder: Path) -> str:
    """Who else can change a folder, in one clause; empty if nobody but its user and root."""
    try:
        found = folder.stat()
    except OSError:
        return ""
    if found.st_mode & stat.S_IWOTH:
        return f"everybody can change it: its mode is {stat.S_IMODE(found.st_mode):04o}"
    own = os.getuid()
    return "" if own in TRUSTED_USERS or found.st_uid in (own, *TRUSTED_USERS) else "it is another user's folder"


def key_ids() -> tuple[str, ...]:
    """What each key that is here is recognised by: with others, another seal may be verified."""
    return tuple(_id_of(key) for key in _keys())


def _is_by(key: bytes, found: _SealFile) -> bool:
    return hmac.compare_digest(sealed(key, _PURPOSE, bytes(found.statement)).encode(), found.seal.encode())


def _keys() -> Iterator[bytes]:
    """Every key that is here."""
    secret = _secret()
    if secret:
        yield secret
    yield from known_keys()


def _secret() -> bytes:
    """The pipeline's secret; empty without one. Raises GamedayError for one that is too short."""
    secret = os.environ.get(SEAL_SECRET_VARIABLE, "")
    if secret and len(secret) < SHORTEST_SECRET:
        raise GamedayError(
            f"{SEAL_SECRET_VARIABLE} has {len(secret)} characters; it needs at least {SHORTEST_SECRET}",
            hint="for instance: openssl rand -hex 32",
        )
    return secret.encode(errors="surrogateescape")


def _id_of(key: bytes) -> str:
    """What a key is recognised by; it gives nothing of the key away."""
    return sealed(key, _PURPOSE, "key")[:16]
