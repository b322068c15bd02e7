"""The legal day of a moment: Vietnam's, which has no daylight saving."""

from datetime import date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))


def legal_day(moment: datetime) -> date:
    """The day in Vietnam of an aware moment."""
    return moment.astimezone(VIETNAM).date()
