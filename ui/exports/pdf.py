"""A report as PDF, set by typst: vectors, repeated heads, tagged; the same content makes the same bytes."""

from __future__ import annotations

import json
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from config.errors import InputError
from ui.exports.glyphs import boxes, named, packages
from ui.exports.look import Look
from ui.text import t

if TYPE_CHECKING:
    from datetime import datetime

    import typst

Row = dict[str, Any]
HERE: Final = Path(__file__).parent
LATIN: Final = "Libertinus Serif"  # comes with typst: no font of the machine changes an English report
CHINESE: Final[tuple[str, ...]] = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Serif CJK SC", "WenQuanYi Zen Hei")


def pdf(printed: Row, *, at: datetime, look: Look | None = None) -> bytes:
    """Return the PDF of what `layout` gave; `at` is written into it as its date.

    Raises:
        InputError: a Chinese report on a machine without a Chinese font, or a logo that cannot be drawn.
    """
    import typst

    lang, look = printed["lang"], look or Look()
    printed, fonts, options = _set(printed)
    tokens = tomllib.loads((HERE.parent / "tokens.toml").read_text(encoding="utf-8"))["light"]
    colours = {name: tokens[name] for name in ("text", "muted", "grid", "other", "it")}
    colours |= {"it": look.it or tokens["it"], "other": look.facility or tokens["other"], "head": look.it}
    logo = f"logo.{look.kind}" if look.logo else ""
    data = {**printed, "fonts": fonts, "colours": colours, "logo": logo, "methods_title": t("report.methods", lang)}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "report.typ").write_bytes((HERE / "report.typ").read_bytes())
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        if logo:
            (root / logo).write_bytes(look.logo)
        try:
            found: Any = typst.compile(
                str(root / "report.typ"),
                root=folder,
                format="pdf",
                timestamp=at,
                **options,
            )
        except typst.TypstError as error:
            if not logo or "image" not in str(error):
                raise
            msg = f'[reports] logo: "{look.name}" cannot be drawn ({_first_line(error)}): save the picture anew'
            raise InputError(msg) from None
    return bytes(found)


def _set(printed: Row) -> tuple[Row, list[str], Row]:
    """Return what is printed, with a note of what no font can print, its fonts, and how typst finds them.

    Fonts of the machine are looked at only where those that come with typst lack a letter.
    """
    fonts, words = [LATIN, *_chinese(printed)], json.dumps(printed, ensure_ascii=False)
    options: Row = {"ignore_system_fonts": True}
    if len(fonts) > 1 or boxes(words, fonts, options):
        options = {"font_paths": _machine_fonts()}
    lacking, lang = boxes(words, fonts, options), printed["lang"]
    if not lacking:
        return printed, fonts, options
    told = t("report.boxes", lang, letters=named(lacking)), t("report.boxes_remedy", lang, packages=packages(lacking))
    checks = printed["checks"]
    rows = [*checks["rows"], [t("reports.level_note", lang), *told]]
    return {**printed, "checks": {**checks, "rows": rows}}, fonts, options


@cache
def _machine_fonts() -> typst.Fonts:
    """The fonts of the machine, looked for once: it takes longer than setting a report."""
    import typst

    return typst.Fonts()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")


def _chinese(printed: Row) -> list[str]:
    """The machine's Chinese font, where the report has words that need one."""
    words = json.dumps(printed, ensure_ascii=False)
    if not any("\u2e80" <= letter <= "\uffef" for letter in words):
        return []
    families = _machine_fonts().families()
    found: list[str] = [name for name in CHINESE if name in families][:1]
    if not found:
        msg = "the report has Chinese words and this machine has no Chinese font: install fonts-noto-cjk"
        raise InputError(msg)
    return found
