"""``gameday organisation``: what the fake CRM and ERP serve, made from what the vendors say about yours."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.terminal import show, show_lines


@click.group()
def organisation() -> None:
    """The organisation that the fake CRM and ERP serve."""


@organisation.command("import")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to."
)
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def import_(sources: tuple[Path, ...], folder: Path, force: bool) -> None:
    """Make an organisation's folder.

    SOURCE is what a vendor says of its objects: a saved answer to a describe call (JSON), an sfdx project or a part of
    one (a folder), a saved metadata catalogue (JSON schema or OpenAPI); or a contract (.crm.yaml, .erp.yaml), or a
    folder of such files. Of a field that several sources have, the first counts. What cannot be taken is listed, a line
    each.
    """
    from gameday.contracts.organisations.imported import Imported
    from gameday.contracts.organisations.sources import finish, take_source

    imported = Imported()
    for source in sources:
        take_source(imported, source)
    finish(imported)
    written = imported.write(folder, force=force)
    show_lines(imported.notes, err=True)
    for path, count in written:
        show(f"wrote {path}: {'1 field' if count == 1 else f'{count:,} fields'}")
    show(f'name it in gameday.toml: [organisation] folder = "{folder}"')
