"""The account's date format and time zone, which list filters and SuiteQL use (help, "Record Collection Filtering")."""

from __future__ import annotations

import datetime
import zoneinfo

import msgspec

from gameday_fakes.netsuite.formats import read_date, show_date

#: NetSuite's formats and the same for ``strptime``.
DATE_FORMATS = {
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY/MM/DD": "%Y/%m/%d",
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD-Mon-YYYY": "%d-%b-%Y",
}


class AccountDates(msgspec.Struct):
    """How the account writes dates and where its day begins; an administrator can change both."""

    date_format: str = "MM/DD/YYYY"
    time_zone: str = "UTC"

    def set(self, *, date_format: str | None = None, time_zone: str | None = None) -> None:
        """Change the preferences. Raises ValueError naming the known values."""
        if date_format is not None:
            if date_format not in DATE_FORMATS:
                raise ValueError(f"unknown date_format {date_format!r}; known: {', '.join(DATE_FORMATS)}")
            self.date_format = date_format
        if time_zone is not None:
            _zone(time_zone)
            self.time_zone = time_zone

    def parse(self, text: str, wanted: str = "") -> datetime.datetime:
        """A moment from a text in the account's format, or in ``wanted``, in its zone. Raises ValueError."""
        local = read_date(text, wanted) if wanted else _read(text, DATE_FORMATS[self.date_format])
        return local.replace(tzinfo=_zone(self.time_zone))

    def local(self, unix_s: float) -> datetime.datetime:
        """A moment in the account's zone."""
        return datetime.datetime.fromtimestamp(unix_s, _zone(self.time_zone))

    def today(self, unix_s: float) -> str:
        """The day of a moment in the account's zone, YYYY-MM-DD: the date of a document that is written without one."""
        return self.local(unix_s).date().isoformat()

    def day(self, date: str) -> datetime.datetime:
        """The beginning of a day (YYYY-MM-DD) in the account's zone."""
        return datetime.datetime.fromisoformat(date).replace(tzinfo=_zone(self.time_zone))

    def show(self, moment: datetime.datetime, wanted: str = "") -> str:
        """A moment as a date in the account's format, or in ``wanted``."""
        return show_date(moment, wanted) if wanted else moment.strftime(DATE_FORMATS[self.date_format])


def _read(text: str, pattern: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller knows the zone


def _zone(name: str) -> datetime.tzinfo:
    if name == "UTC":
        return datetime.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"unknown time_zone {name!r}; a name like UTC or America/New_York is expected") from None
