"""``gameday fakes``: the fake vendors on their own, to develop a sync against."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import msgspec

from gameday.base.errors import GamedayError
from gameday.base.terminal import show, show_json, show_wrapped
from gameday.commands.options import Pace, config_option, organisation_option
from gameday.run.control_trust import FAKES_CA_VARIABLE

if TYPE_CHECKING:
    from gameday_fakes.fake_set import FakeSet

LOOPBACK = "127.0.0.1"


@click.group()
def fakes() -> None:
    """The fake CRM, ERP, pager and ticket system on their own."""


@fakes.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    "ports",
    multiple=True,
    metavar="FAKE=PORT",
    help="Port of a fake, of 'control', 'control_https' or 'proxy'; repeatable.  [default: a free one]",
)
@click.option(
    "--tls/--no-tls", default=True, show_default=True, help="Serve over TLS too, at the vendors' own host names."
)
@click.option(
    "--tls-name", "names", multiple=True, metavar="HOST", help="A further name for the certificates; repeatable."
)
@click.option("--lasting-ca", is_flag=True, help="Certificates of the authority that `gameday fakes ca` keeps.")
@click.option("--pace", type=Pace(), default=1.0, show_default=True, help="Scenario seconds in a real second.")
@organisation_option()
@click.option(
    "--endpoints",
    multiple=True,
    metavar="FAKE=FILE",
    help="Python file of own endpoints, which runs; repeatable.  [default: the configuration's]",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print all addresses as one line of JSON, and end when standard input closes too.",
)
def serve(
    host: str,
    ports: tuple[str, ...],
    tls: bool,
    names: tuple[str, ...],
    lasting_ca: bool,
    pace: float,
    organisation: Path | None,
    endpoints: tuple[str, ...],
    as_json: bool,
) -> None:
    """Serve all fakes until Ctrl-C.

    Every request to the control plane must carry a token. It is a random one in a file that only you can read, where
    `gameday run` finds it, or the one in GAMEDAY_FAKES_TOKEN, which an address that other machines can reach needs.
    """
    import uvloop

    from gameday.config.gameday_toml import load_config
    from gameday.config.organisation import check_endpoints, kinds_of
    from gameday.run.control_token import keep_token
    from gameday_fakes import serve as serving
    from gameday_fakes.serve_options import ServeError, ServeOptions, parse_endpoints, parse_ports

    kept: list[Path] = []

    def tell(fake_set: FakeSet, control: str) -> None:
        if not token:
            kept.extend(keep_token(url, fake_set.token) for url in (control, fake_set.control_tls_url) if url)
        if as_json:
            serving.tell_as_json(fake_set, control)
        else:
            _tell(fake_set, control, kept)

    config = load_config()
    organisation = organisation or config.organisation
    kinds_of(organisation)
    token = os.environ.get("GAMEDAY_FAKES_TOKEN", "")
    try:
        files = parse_endpoints(endpoints) or {name: str(path) for name, path in config.endpoints.items()}
        check_endpoints({name: Path(file) for name, file in files.items()})
        options = ServeOptions(
            host=host,
            ports=parse_ports(ports),
            token=token,
            tls=tls,
            names=names,
            lasting=lasting_ca,
            pace=pace,
            organisation=str(organisation or ""),
            endpoints=files,
        )
        uvloop.run(serving.serve(options, tell, watch_stdin=as_json))
    except ServeError as problem:
        in_use = "in use" in str(problem)
        hint = "choose another with --port FAKE=PORT, or leave it out for a free one" if in_use else ""
        raise GamedayError(str(problem), hint=hint) from None
    finally:
        for path in kept:
            path.unlink(missing_ok=True)


@fakes.command()
def ca() -> None:
    """Print the file of the lasting certificate authority, and make it where there is none.

    A stack that runs already trusts it once, with `lasting_ca = true` in its table or `gameday fakes serve
    --lasting-ca`. Its key stays in the same folder, which only you can read.
    """
    from gameday_fakes.lasting_authority import AuthorityError, lasting_authority

    try:
        _, certificate = lasting_authority()
    except AuthorityError as problem:
        raise GamedayError(str(problem)) from None
    show(str(certificate))


@fakes.command()
@organisation_option()
@config_option()
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON lines.")
@click.option(
    "--save",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Save what the sandboxes say of their objects there, a file each, for `gameday organisation import`.",
)
def verify(organisation: Path | None, config: Path | None, as_json: bool, folder: Path | None) -> None:
    """List where the fakes differ from the sandbox tenants of gameday.toml.

    The same calls are made of both; they read only. Compared are status, content type, the shape of bodies, the
    vendors' codes of errors, and the fields of objects. Values are neither compared nor shown.
    """
    from gameday.commands.sandbox import tenants_in
    from gameday.config.gameday_toml import load_config
    from gameday.config.organisation import kinds_of
    from gameday.run.sandbox_tenants import verify as verify_fakes

    def keep(vendor: str, name: str, body: bytes) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{vendor}.{name}.json").write_bytes(body)

    kinds = kinds_of(organisation or load_config(config).organisation)
    try:
        found = list(verify_fakes(tenants_in(config), os.environ, kinds, keep))
    except OSError as problem:
        raise GamedayError(f"cannot write {problem.filename}: {problem.strerror}") from None
    for vendor, difference in found:
        if as_json:
            show_json({"vendor": vendor, **msgspec.to_builtins(difference)}, indent=None)
        else:
            show_wrapped(f"{vendor}: {difference.line}", indent="  ")
    if not as_json:
        show(f"{len(found)} differences" if found else "no differences")


def client_environment(fake_set: FakeSet) -> dict[str, str]:
    """The variables that lead unmodified clients to the fakes: base URLs by role; proxy and trust with TLS."""
    # Of several fakes with one role the first counts: the bundled one comes before a plug-in's.
    found: dict[str, str] = {}
    for name, fake in fake_set.fakes.items():
        found.setdefault(f"GAMEDAY_{fake.role.upper()}_URL", fake_set.urls[name])
    if fake_set.proxy_url:
        found |= {
            "HTTPS_PROXY": fake_set.proxy_url,
            "NO_PROXY": ",".join(
                sorted({"localhost", LOOPBACK, *(urlsplit(url).hostname or "" for url in found.values())})
            ),
            "REQUESTS_CA_BUNDLE": fake_set.authority_path,
            "SSL_CERT_FILE": fake_set.authority_path,
            "NODE_EXTRA_CA_CERTS": fake_set.authority_path,
            FAKES_CA_VARIABLE: fake_set.authority_path,
        }
    return found


def _tell(fake_set: FakeSet, control: str, kept: list[Path]) -> None:
    width = max(len(name) for name in fake_set.fakes)
    for name, fake in fake_set.fakes.items():
        urls = "  ".join(url for url in (fake_set.urls[name], fake_set.tls_urls.get(name, "")) if url)
        show(f"{name:{width}}  {urls}  ({fake.role})")
        if fake_set.tls_urls and fake.hosts:
            show(f"{'':{width}}  at {', '.join(fake.hosts)}")
        for what, value in fake.credentials.items():
            show(f"{'':{width}}  {what}: {value}")
    show(f"{'control':{width}}  {control}{f'  {fake_set.control_tls_url}' if fake_set.control_tls_url else ''}")
    for path in kept:
        show(f"{'':{width}}  its token: {path}")
    show()
    for name, value in client_environment(fake_set).items():
        show(f"export {name}={shlex.quote(value)}")
    show()
    show("Ctrl-C ends it.")
