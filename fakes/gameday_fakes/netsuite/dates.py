"""The account's date format and time zone, which list filters and SuiteQL use (help, "Record Collection Filtering")."""

from __future__ import annotations

import datetime
import zoneinfo

import msgspec

#: NetSuite's formats and the same for ``strptime``.
DATE_FORMATS = {
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY/MM/DD": "%Y/%m/%d",
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD-Mon-YYYY": "%d-%b-%Y",
}

_TOKENS = (
    ("YYYY", "%Y"),
    ("HH24", "%H"),
    ("MM", "%m"),
    ("Mon", "%b"),
    ("MON", "%b"),
    ("DD", "%d"),
    ("MI", "%M"),
    ("SS", "%S"),
)


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
        pattern = strptime_pattern(wanted) if wanted else DATE_FORMATS[self.date_format]
        return datetime.datetime.strptime(text, pattern).replace(tzinfo=_zone(self.time_zone))

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
        return moment.strftime(strptime_pattern(wanted) if wanted else DATE_FORMATS[self.date_format])


def strptime_pattern(wanted: str) -> str:
    """A format of SQL (``YYYY-MM-DD HH24:MI:SS``) as one of ``strptime``."""
    wanted = wanted.replace("%", "%%")
    for token, pattern in _TOKENS:
        wanted = wanted.replace(token, pattern)
    return wanted


def _zone(name: str) -> datetime.tzinfo:
    if name == "UTC":
        return datetime.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"unknown time_zone {name!r}; a name like UTC or America/New_York is expected") from None
