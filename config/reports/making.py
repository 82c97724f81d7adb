"""How reports look and when one is made by itself: `[reports]` of the site file."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - pydantic reads the types of fields
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from config.reading.fields import Name, Table, Whole
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from config.alerts.alerting import Alerting

COMPANY: Final = "company"
MOST_BYTES: Final = 2_000_000
LEAST_CONTRAST: Final = 3.0  # WCAG 2.2, 1.4.11: what has to be seen on white paper
LINEAR_TO: Final = 0.04045  # sRGB, IEC 61966-2-1
COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
KINDS: Final = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
Format = Literal["pdf", "xlsx", "csv", "json"]


class ReportSettings(Table):
    """Look of the reports, and the day of the month on which last month's is written and sent.

    `day` and `hour` are of each site's own clock; the company's report waits for the last of its sites. Without `day`
    none is made by itself. `channels` are those of `[alerting]`, all of them where none is named.
    """

    day: Annotated[Whole, Field(ge=1, le=28)] | None = None
    hour: Annotated[Whole, Field(ge=0, le=23)] = 6
    subjects: tuple[str, ...] = (COMPANY,)
    formats: tuple[Format, ...] = ("pdf", "xlsx", "csv", "json")
    languages: tuple[Literal["en", "zh"], ...] = ("en", "zh")
    channels: tuple[Name, ...] = ()
    logo: Path | None = None
    colours: Annotated[tuple[str, ...], Field(max_length=2)] = ()  # of headings and IT, and of the facility's bars

    @model_validator(mode="after")
    def _something_is_made(self) -> Self:
        for key in ("subjects", "formats", "languages"):
            if not getattr(self, key):
                msg = f"{key} is empty: leave it out, or write at least one"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _colours_are_seen(self) -> Self:
        for colour in self.colours:
            if not COLOUR.fullmatch(colour):
                msg = f'colours holds "{colour}", which is no colour: write six hex digits, for example "#0B5CAD"'
                raise ValueError(msg)
            if contrast_on_white(colour) < LEAST_CONTRAST:
                msg = f"colours holds {colour}, which is too light to be read on white paper: take a darker one"
                raise ValueError(msg)
        return self

    def within(self, folder: Path) -> ReportSettings:
        """Return the same with the logo's path made absolute."""
        return self if self.logo is None else self.model_copy(update={"logo": folder / self.logo})


def contrast_on_white(colour: str) -> float:
    """Return the contrast of `#RRGGBB` on white (WCAG 2.2), 1 to 21.

    >>> round(contrast_on_white("#000000")), round(contrast_on_white("#FFFFFF"))
    (21, 1)
    """
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= LINEAR_TO else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def logo_mistake(path: Path) -> str | None:
    """Say why a file can be no logo; None where it can."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return f'key logo names "{path.name}", which cannot be read ({error.strerror}): correct the path'
    if not raw or len(raw) > MOST_BYTES:
        size = f"{len(raw) / 1e6:.1f} MB" if raw else "empty"
        return f'key logo names "{path.name}", which is {size}: give a file of at most {MOST_BYTES / 1e6:g} MB'
    if logo_kind(raw) is None:
        return f'key logo names "{path.name}", which is no PNG, JPEG or SVG picture: save it as one of them'
    return None


def logo_kind(raw: bytes) -> str | None:
    """Return png, jpg or svg by what a file begins with; None where it is none of them."""
    if b"<svg" in raw[:2000] and raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return "svg"
    return next((kind for head, kind in KINDS.items() if raw.startswith(head)), None)


def report_mistakes(
    reports: ReportSettings, *, sites: Collection[str], alerting: Alerting, folder: Path
) -> Iterator[str]:
    """Yield what `[reports]` names that there is not: a subject, a channel, a picture."""
    subjects, channels = [COMPANY, *sites], [one.id for one in alerting.channels]
    for one in reports.subjects:
        if one not in subjects:
            yield f'key subjects names "{one}", which is no site and not "{COMPANY}"; {remedy(one, subjects)}'
    for one in reports.channels:
        if one not in channels:
            hint = remedy(one, channels) if channels else "add it under [[alerting.channels]]"
            yield f'key channels names "{one}", which is no channel; {hint}'
    mistake = None if reports.logo is None else logo_mistake(folder / reports.logo)
    if mistake is not None:
        yield mistake
