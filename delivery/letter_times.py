"""Times and lengths of time as a letter says them, in its language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds of each unit, from the longest.
_UNITS: Final = (86_400, 3_600, 60, 1)


#: One and several days, hours, minutes, seconds.
_WORDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "de": (("Tag", "Tage"), ("Stunde", "Stunden"), ("Minute", "Minuten"), ("Sekunde", "Sekunden")),
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes"), ("second", "seconds")),
    "es": (("día", "días"), ("hora", "horas"), ("minuto", "minutos"), ("segundo", "segundos")),
    "fr": (("jour", "jours"), ("heure", "heures"), ("minute", "minutes"), ("seconde", "secondes")),
}
#: Arabic has a word for one, for two, a plural for 3 to 10, and two cases of the singular from 11 and from
#: 100 on; the classes are those of Unicode CLDR. Nominative, as after a colon.
_ARABIC: Final = (
    ("يوم واحد", "يومان", "{} أيام", "{} يومًا", "{} يوم"),
    ("ساعة واحدة", "ساعتان", "{} ساعات", "{} ساعة", "{} ساعة"),
    ("دقيقة واحدة", "دقيقتان", "{} دقائق", "{} دقيقة", "{} دقيقة"),
    ("ثانية واحدة", "ثانيتان", "{} ثوانٍ", "{} ثانية", "{} ثانية"),
)
#: What every language can read: the units' symbols (BIPM, The International System of Units, table 8).
_SYMBOLS: Final = ("d", "h", "min", "s")
#: As strftime. In Arabic slashes, unlike hyphens, keep digits in their order (Unicode UAX #9, W4).
_MOMENTS: Final[Mapping[str, str]] = {
    "ar": "%d/%m/%Y %H:%M UTC",
    "de": "%d.%m.%Y, %H:%M UTC",
    "es": "%d/%m/%Y, %H:%M UTC",
    "fr": "%d/%m/%Y, %H:%M UTC",
}
#: For English and all others: the order of ISO 8601, which nobody misreads.
_ANY_MOMENT: Final = "%Y-%m-%d %H:%M UTC"


def moment(at: datetime, language: str = "en") -> str:
    """A moment in UTC to the minute: `2026-11-20 16:19 UTC` in English.

    Args:
        at: with a zone.
        language: such as `de` or `de_AT`.
    """
    return at.astimezone(UTC).strftime(_MOMENTS.get(language.partition("_")[0], _ANY_MOMENT))


def duration(length: timedelta, language: str = "en") -> str:
    """A length of time in the longest unit that divides it: `90 minutes`, `1 hour`.

    Args:
        length: fractions of a second are dropped.
        language: such as `de` or `de_AT`; one that is not shipped gets the symbol, as in `90 min`.
    """
    seconds = length // timedelta(seconds=1)
    unit = next((each for each, size in enumerate(_UNITS) if seconds >= size and not seconds % size), 3)
    count = seconds // _UNITS[unit]
    spoken = language.partition("_")[0]
    if spoken == "ar":
        return _ARABIC[unit][_arabic_form(count)].format(count)
    if spoken not in _WORDS:
        return f"{count} {_SYMBOLS[unit]}"
    one, several = _WORDS[spoken][unit]
    return f"{count} {one if count == 1 else several}"


def _arabic_form(count: int) -> int:
    if count in {1, 2}:
        return count - 1
    rest = count % 100
    if 3 <= rest <= 10:  # noqa: PLR2004  CLDR's bounds of "few"
        return 2
    return 3 if rest > 10 else 4  # noqa: PLR2004  CLDR's bound of "many"
