"""Generated customers: companies of several countries, each with a name in its own language and script."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gameday.model.workload import Account
from gameday.workloads.chance import random_of

if TYPE_CHECKING:
    from faker import Faker

LONGEST_NAME = 80

#: The languages of customers with a country that speaks them: Latin, Cyrillic, Greek, Japanese, Hebrew, Arabic script.
LOCALES = {
    "fr_FR": "FR",
    "en_US": "US",
    "de_DE": "DE",
    "pl_PL": "PL",
    "bg_BG": "BG",
    "el_GR": "GR",
    "ja_JP": "JP",
    "he_IL": "IL",
    "ar_SA": "SA",
}


#: The tiers of customers, with how many of them have each.
TIERS = {"Strategic": 15, "Key": 35, "Standard": 50}


def make_accounts(
    count: int, currencies: Mapping[str, float], seed: int, *, same_names: float, new: float
) -> tuple[Account, ...]:
    """Customers with their own currency; a share of them has the name of an earlier one, a share is new to the ERP.

    The customers of a smaller count are the first ones of a larger.
    """
    fakers: dict[str, Faker] = {}
    made: list[Account] = []
    for index in range(count):
        chance = random_of(seed, "account", index)
        currency = chance.choices(list(currencies), list(currencies.values()))[0]
        # Every other one is French, with the marks and apostrophes that break encodings and queries.
        locale = "fr_FR" if index % 2 else chance.choice(list(LOCALES))
        if locale not in fakers:
            fakers[locale] = _FAKERS.seeded(locale, seed)
        people = fakers[locale]
        name, city = _name(people, index), people.city()
        if made and chance.random() < same_names:
            name = chance.choice(made).name
        is_new = chance.random() < new
        # Its own chance, so that a customer is otherwise the same.
        [tier] = random_of(seed, "tier", index).choices(list(TIERS), list(TIERS.values()))
        made.append(Account(f"account-{index + 1:05}", name, currency, LOCALES[locale], city, is_new, tier=tier))
    return tuple(made)


class _Fakers(threading.local):
    """One for each language and thread, seeded anew for each set of customers: to make one takes a millisecond."""

    def __init__(self) -> None:
        self._by_locale: dict[str, Faker] = {}

    def seeded(self, locale: str, seed: int) -> Faker:
        if locale not in self._by_locale:
            # Imported here because it takes a tenth of a second, which only generated deals need.
            from faker import Faker

            parts = [f"faker.providers.{part}" for part in ("company", "person", "address")]
            self._by_locale[locale] = Faker(locale, providers=parts)
        faker = self._by_locale[locale]
        faker.seed_instance(seed)
        return faker


_FAKERS = _Fakers()


def _name(people: Faker, index: int) -> str:
    name = people.company()
    match index % 5:
        case 1:
            name = f"{name}, Société d'Études, de Négoce & de l'Été à Ångström-sur-Mer, {people.city()}"
        case 3:
            name = f"O'{people.last_name()} & {people.last_name()}"
    return str(name)[:LONGEST_NAME].strip()
