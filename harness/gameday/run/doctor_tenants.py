"""What the doctor checks of sandbox tenants before a stack is started, in the order in which a set-up is made.

Every call of it only reads. That gameday may write is proved by the smoke deal, which is removed afterwards.
"""

from __future__ import annotations

import asyncio
import datetime
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

from gameday.base.counts import out_of, plural
from gameday.base.errors import GamedayError
from gameday.model.workload import Account, BusinessOperation, Catalog, Product, Workload
from gameday.run.part_check import PartCheck
from gameday.run.sandbox_tenants import PROBLEMS, driving
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.proved import NotASandbox
from gameday_fakes.sandbox.proxy import credentials_of, tenant_kind
from gameday_fakes.sandbox.rights import Common, common_product
from gameday_fakes.sandbox.settings import TenantSettings, new_tag
from gameday_fakes.sandbox.tenant import Tenant

CREDENTIALS = "the environment has gameday's own credentials"
PRODUCTS = "a product can be sold in both"
_NETWORK = "is its host in [sandbox.tenants] right? a network may need `proxy` there, or an authority in SSL_CERT_FILE"
_ALLOW = "if it is the sandbox that you mean, add its id to `allow` in its table"


class TenantChecks:
    """Checks the tenants of a flow. ``product`` is then one that both sell."""

    def __init__(self, tenants: Mapping[str, TenantSettings], environment: Mapping[str, str]) -> None:
        self._tenants = tenants
        self._environment = environment
        self.product: Common | None = None

    async def examine(self) -> AsyncIterator[PartCheck]:
        """All checks in order; of a tenant that fails one the next ones are left out."""
        credentials = self._credentials()
        yield credentials
        if credentials.problem:
            return
        async with driving(new_tag(), self._tenants, self._environment) as driven:
            # As in a flow, the CRM first.
            tenants = {vendor: driven[vendor] for vendor in self._tenants}
            ill = False
            for vendor, tenant in tenants.items():
                for act in (_reached, _proved, _rights, _limits):
                    found = await act(vendor, tenant)
                    yield found
                    if found.problem:
                        ill = True
                        break
            if not ill:
                yield await self._products(*tenants.values())

    def _credentials(self) -> PartCheck:
        """The variables of every tenant, by their names only."""
        problems, details = [], []
        for vendor, settings in self._tenants.items():
            kind = fake_kinds()[vendor]
            details.append((vendor, ", ".join(tenant_kind(kind).variables.values())))
            try:
                credentials_of(kind, self._environment, settings.host)
            except ValueError as problem:
                problems.append(str(problem))
        hint = " (export them in the shell of gameday; no file may hold them)" if problems else ""
        return PartCheck(CREDENTIALS, "; ".join(problems) + hint, details=tuple(details))

    async def _products(self, crm: Tenant, erp: Tenant) -> PartCheck:
        """Whether both tenants have a product with the same SKU, and a currency in which it can be sold."""
        try:
            offered = await crm.products()
            known = await erp.products([product.sku for product in offered])
        except PROBLEMS as problem:
            return PartCheck(PRODUCTS, str(problem))
        self.product = common_product(offered, known)
        if self.product is None:
            need = f"each SKU needs an entry in the standard price book at {crm.settings.host}, and an item of the same"
            return PartCheck(PRODUCTS, f"none of {len(offered):,} can: {need} name at {erp.settings.host}")
        note = f"{len(known):,} of the {len(offered):,} that were looked at; the smoke deal sells {self.product.sku!r}"
        return PartCheck(PRODUCTS, note=f"{note} in {self.product.currency}")


async def _reached(vendor: str, tenant: Tenant) -> PartCheck:
    what, settings = f"{vendor}: its host answers over TLS", tenant.settings
    try:
        connection = await tenant.open_at(settings.host)
    except PROBLEMS as problem:
        return PartCheck(what, f"{problem} ({_NETWORK})")
    await connection.close()
    by = f" by {settings.proxy}" if settings.proxy else ""
    return PartCheck(what, note=f"{settings.host}{by}; allowed: {', '.join(settings.allow)}")


async def _proved(vendor: str, tenant: Tenant) -> PartCheck:
    what = f"{vendor}: it proves to be a sandbox that is allowed"
    try:
        identity = await tenant.connections.prove_now()
    except NotASandbox as problem:
        return PartCheck(what, f"{problem}{f' ({_ALLOW})' if 'allowed ids' in str(problem) else ''}")
    except PROBLEMS as problem:
        return PartCheck(what, f"{problem} ({tenant.login_hint})")
    return PartCheck(what, note=f"it is {identity}")


async def _rights(vendor: str, tenant: Tenant) -> PartCheck:
    what = f"{vendor}: gameday's user may do there what it needs"
    try:
        rights = await tenant.rights()
    except PROBLEMS as problem:
        return PartCheck(what, str(problem))
    problems = [right.problem for right in rights if right.problem]
    details = tuple((right.what, right.problem or right.acts) for right in rights)
    return PartCheck(what, "; ".join(problems), details=details)


async def _limits(vendor: str, tenant: Tenant) -> PartCheck:
    what = f"{vendor}: its limits leave room"
    try:
        return PartCheck(what, note=await tenant.allowance())
    except PROBLEMS as problem:
        return PartCheck(what, str(problem))


def smoke_workload(sold: Common) -> Workload:
    """One won deal of one customer, with one line of a product that the tenants have, at its list price."""
    account = Account("smoke-account", "Gameday smoke test", sold.currency)
    price = f"{sold.price:f}"
    deal = {
        "name": "Gameday smoke test",
        "account": account.key,
        "currency": sold.currency,
        "amount": price,
        "close_date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "lines": [{"sku": sold.sku, "quantity": "1", "unit_price": price, "amount": price}],
    }
    product = Product(sold.sku, sold.sku, {sold.currency: sold.price})
    return Workload(Catalog((account,), (product,)), (BusinessOperation(0.0, "close_deal", "smoke-deal", deal),))


def examined_in_tenants(
    tenants: Mapping[str, TenantSettings], examine: Callable[[Workload], Iterator[PartCheck]]
) -> Iterator[PartCheck]:
    """The checks of the tenants, then those of a stack in them, each as soon as it is done."""
    checks, ill = TenantChecks(tenants, os.environ), False
    with asyncio.Runner() as runner:
        made = checks.examine()

        async def following() -> PartCheck | None:
            return await anext(made, None)

        while (check := runner.run(following())) is not None:
            ill = ill or bool(check.problem)
            yield check
    if ill or checks.product is None:
        yield PartCheck("the stack in these sandboxes", note="its tenants come first", checked=False)
        return
    yield from examine(smoke_workload(checks.product))


def logins(stats: Mapping[str, Mapping[str, Mapping[str, int]]]) -> str:
    """Whether the stack's own credentials are accepted, from its requests by vendor, operation and status.

    Raises GamedayError for a vendor that refused all of them.
    """
    notes = []
    for vendor, operations in stats.items():
        counts: dict[int, int] = {}
        for of in operations.values():
            for status, count in of.items():
                counts[int(status)] = counts.get(int(status), 0) + count
        total, accepted = sum(counts.values()), sum(count for status, count in counts.items() if 200 <= status < 300)
        refused = counts.get(401, 0) + counts.get(403, 0)
        if refused and not accepted:
            raise GamedayError(
                f"{vendor} refused {refused:,} of its {plural(total, 'request')} with 401 or 403, and accepted none",
                hint="the stack needs credentials of its own for this sandbox: those in {credentials} open only fakes",
            )
        notes.append(f"{vendor} accepted {out_of(accepted, total, 'request')}")
    return "; ".join(notes)
