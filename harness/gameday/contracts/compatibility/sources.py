"""Finds what a user names: a contract file, a folder of them, a flow, or any of these in a git revision.

contracts/deals.crm.yaml          a file
contracts                         every contract of a folder
deals                             a flow: both its files, from the configured folders or the bundled ones
main:contracts/deals.crm.yaml     a file as of a revision; so too main:contracts and main:deals
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.compatibility.document import Document, parse_document
from gameday.contracts.compatibility.flow_contracts import FlowContracts
from gameday.contracts.compatibility.git import Revision, open_revision
from gameday.contracts.folders import SIDES, contract_files, contract_folders

Read = Callable[[str], bytes]


class Parse(Protocol):
    """Parses a document; None for a file that is passed over."""

    def __call__(self, data: bytes, *, path: str, revision: str = "") -> Document | None: ...


class _Reader(NamedTuple):
    """How the files of one version are read and parsed; ``revision`` is that of git, if there is one."""

    read: Read
    parse: Parse = parse_document
    revision: str = ""

    def documents(self, paths: Iterable[str]) -> tuple[Document, ...]:
        found = (self.parse(self.read(path), path=path, revision=self.revision) for path in paths)
        return tuple(document for document in found if document is not None)


class NoSuchFlow(GamedayError):
    """The named flow does not exist there; in an older version, that may be because it is new since."""


def read_flows(named: str, folders: Iterable[Path] = (), parse: Parse = parse_document) -> tuple[FlowContracts, ...]:
    """The flows that ``named`` refers to (see above); ``folders`` are searched for a flow's name.

    Raises GamedayError with the known names if it does not exist.
    """
    path, reader = Path(named), _Reader(read_file, parse)
    if _is_dir(path):
        return _of_folder({str(each): each.name for each in contract_files(path)}, reader, named)
    if _is_file(path):
        return (_of_file(named, lambda other: _is_file(Path(other)), reader),)
    revision, colon, inside = named.partition(":")
    if colon and revision and inside:
        return _of_revision(open_revision(revision), inside, parse)
    if colon:
        raise GamedayError(f"{named!r} is not REVISION:PATH", hint="such as main:contracts")
    folder, flow = _folder_of(named, folders)
    return (FlowContracts(flow, reader.documents(_both(folder, flow))),)


def read_old_flows(
    old: str, new: tuple[FlowContracts, ...], folders: Iterable[Path] = (), parse: Parse = parse_document
) -> tuple[FlowContracts, ...]:
    """The flows that ``old`` refers to, as the older version of ``new``; without contracts if the one flow is new."""
    try:
        return read_flows(old, folders, parse)
    except NoSuchFlow:
        name = Path(old.rpartition(":")[2]).name
        known = side_suffix(name)
        if len(new) != 1 or new[0].name != (known[0] if known else name):
            raise
        return (FlowContracts(new[0].name, ()),)


def read_flow(named: str, folders: Iterable[Path] = (), parse: Parse = parse_document) -> FlowContracts:
    """The one flow that ``named`` refers to."""
    flows = read_flows(named, folders, parse)
    if len(flows) != 1:
        raise GamedayError(f"{named!r} holds {len(flows)} flows: {', '.join(flow.name for flow in flows)}; name one")
    return flows[0]


def find_files(named: Iterable[str], folders: Iterable[Path] = ()) -> dict[str, tuple[str, ...]]:
    """The files on disk of each named flow or file; without names, those of ``folders`` and the bundled contracts.

    A flow's missing file is included, so that reading it reports it.
    """
    searched = list(folders)
    names = list(named) or sorted(contract_folders(searched))
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        path = Path(name)
        if _is_file(path):
            found[name] = (name,)
        elif _is_dir(path):
            flows = {each.parent / side[0] for each in contract_files(path) if (side := side_suffix(each.name))}
            if not flows:
                raise _no_contracts(name)
            found |= {str(flow): _both(flow.parent, flow.name) for flow in sorted(flows)}
        else:
            found[name] = _both(*_folder_of(name, searched))
    return found


def read_beside(flow: FlowContracts, name: str) -> tuple[str, bytes | None]:
    """The path of a file beside a flow's contracts, in the same revision, and its bytes if it exists."""
    if not flow.documents:
        return name, None
    source = flow.documents[0].source
    path = str(Path(source.path).with_name(name))
    if source.revision:
        opened = open_revision(source.revision)
        return path, opened.read(path) if opened.is_file(path) else None
    return path, read_file(path) if _is_file(Path(path)) else None


def paired(old: tuple[FlowContracts, ...], new: tuple[FlowContracts, ...]) -> list[tuple[FlowContracts, FlowContracts]]:
    """Pairs of old and new flows with the same name; two single flows are a pair whatever their names.

    A flow that exists in one version only is paired with an empty one. Raises GamedayError for a CRM contract compared
    with an ERP contract.
    """
    if len(old) == len(new) == 1:
        sides = [{document.source.side for document in flows[0].documents} for flows in (old, new)]
        if all(sides) and sides[0].isdisjoint(sides[1]):
            both = " and ".join(each[0].documents[0].source.path for each in (old, new))
            raise GamedayError(
                f"{both} are the two sides of a flow", hint="compare a contract with an older version of itself"
            )
        return [(old[0], new[0])]
    before, after = ({flow.name: flow for flow in flows} for flows in (old, new))
    names = sorted(before.keys() | after.keys())
    return [(before.get(name, FlowContracts(name, ())), after.get(name, FlowContracts(name, ()))) for name in names]


def read_file(path: str) -> bytes:
    """The bytes of a file."""
    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None


def read_files(paths: Iterable[str]) -> dict[str, bytes | None]:
    """The bytes of each file; None for a missing one."""
    return {path: read_file(path) if _is_file(Path(path)) else None for path in paths}


def side_suffix(name: str) -> tuple[str, str] | None:
    """The flow and the side in a contract's file name; None for any other file.

    >>> side_suffix("deals.crm.yaml")
    ('deals', 'crm')
    """
    for side in SIDES:
        flow = name.removesuffix(f".{side}.yaml")
        if flow and flow != name:
            return flow, side
    return None


def _folder_of(name: str, folders: Iterable[Path]) -> tuple[Path, str]:
    """The folder of a flow's files, and its name; ``name`` may be a path without .crm.yaml, or the name alone."""
    path = Path(name)
    if any(_is_file(path.with_name(f"{path.name}.{side}.yaml")) for side in SIDES if path.name):
        return path.parent, path.name
    found = contract_folders(folders)
    if name in found:
        return found[name], name
    raise _no_such_flow(unknown("contract", name, found, hint="or a file, a folder, or REVISION:PATH"))


def _no_such_flow(problem: GamedayError) -> NoSuchFlow:
    return NoSuchFlow(problem.problem, hint=problem.hint)


def _both(folder: Path, flow: str) -> tuple[str, ...]:
    return tuple(str(folder / f"{flow}.{side}.yaml") for side in SIDES)


def _is_file(path: Path) -> bool:
    """Like ``Path.is_file``, and False for a name that no file can have."""
    try:
        return path.is_file()
    except OSError:
        return False


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _of_file(path: str, is_file: Callable[[str], bool], reader: _Reader) -> FlowContracts:
    """One file, and the flow's other file beside it."""
    known = side_suffix(Path(path).name)
    documents = reader.documents([path])
    if known is None:
        return FlowContracts(Path(path).stem, documents)
    flow, side = known
    others = (str(Path(path).with_name(f"{flow}.{other}.yaml")) for other in SIDES if other != side)
    return FlowContracts(flow, documents, reader.documents(other for other in others if is_file(other)))


def _of_folder(files: Mapping[str, str], reader: _Reader, named: str) -> tuple[FlowContracts, ...]:
    """The flows of a folder; ``files`` maps paths to names."""
    flows: dict[str, list[str]] = {}
    for path, name in sorted(files.items()):
        known = side_suffix(name)
        if known:
            paths = flows.setdefault(known[0], [])
            if paths and Path(paths[0]).parent != Path(path).parent:
                both = f"{str(Path(paths[0]).parent)!r} and {str(Path(path).parent)!r}"
                raise GamedayError(f"the contract {known[0]!r} is in two folders: {both}", hint="keep one of them")
            paths.append(path)
    if not flows:
        raise _no_contracts(named)
    return tuple(FlowContracts(flow, reader.documents(paths)) for flow, paths in flows.items())


def _no_contracts(named: str) -> GamedayError:
    return GamedayError(f"no contracts in {named!r}", hint="a contract is a file .crm.yaml or .erp.yaml")


def _of_revision(revision: Revision, inside: str, parse: Parse) -> tuple[FlowContracts, ...]:
    path, reader = revision.find(inside), _Reader(revision.read, parse, revision.name)
    if path is not None and revision.is_file(path):
        return (_of_file(path, revision.is_file, reader),)
    if path is not None:
        files = {each: Path(each).name for each in revision.files() if Path(each).is_relative_to(path or ".")}
        return _of_folder(files, reader, f"{revision.name}:{inside}")
    return (_of_name_in(revision, inside, reader),)


def _of_name_in(revision: Revision, name: str, reader: _Reader) -> FlowContracts:
    folders: dict[str, list[str]] = {}
    names = set()
    for path in revision.files():
        known = side_suffix(Path(path).name)
        if known:
            names.add(known[0])
            if name in (known[0], str(Path(path).with_name(known[0]))):
                folders.setdefault(str(Path(path).parent), []).append(path)
    if not folders:
        raise _no_such_flow(unknown("contract", name, names, where=f"the revision {revision.name}"))
    if len(folders) > 1:
        raise GamedayError(
            f"{name!r} is in {len(folders)} folders of {revision.name}: {', '.join(sorted(folders))}",
            hint="name the folder too, as REVISION:FOLDER/NAME",
        )
    return FlowContracts(Path(name).name, reader.documents(sorted(*folders.values())))
