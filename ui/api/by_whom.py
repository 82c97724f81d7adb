"""Figures by tenant, job and the like: answered in pages of one computation, which on a large cluster takes minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from config.errors import InputError
from ui.api.paging import asked_at, of_rows, paged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from ui.api.door import Call
    from ui.attribution.asking import ByWhom

Row = dict[str, Any]
Period = tuple[str, int, int]  # a site's id, from and to [UTC s]
PARAMETERS: Final = ("by", "of", "idle", "every", "per")
KEPT_ROWS: Final = 100_000  # some 100 MB; what has more is computed for each of its pages


class Answers:
    """Computes answers, and keeps the newest while its reader follows its pages: they are all of one moment."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self._newest: tuple[object, list[Row]] | None = None

    def page(self, call: Call, periods: Sequence[Period], *, fleet: bool) -> Response:
        """One page of the answer to a question.

        Raises:
            InputError: `by` is missing, `category` does not go with it, or what `ByWhom.figures` refuses.
        """
        key, newest = _key(call), self._newest
        if "cursor" in call.query and newest is not None and newest[0] == key:
            found = newest[1]
        else:
            found = _computed(call, _asked(call, fleet=fleet), periods)
            self._newest = (key, found) if len(found) <= KEPT_ROWS else None
        return paged(call, [lambda: of_rows(found)])


def _key(call: Call) -> object:
    """What makes an answer another one: the question, its moment, the site file, and which sites its reader sees."""
    asked = [(name, text) for name, text in call.query.multi_items() if name not in {"cursor", "limit"}]
    sites = [site.id for site in call.service.settings.sites]
    return asked, asked_at(call), call.service.config_hash, sites, call.token.site


def _asked(call: Call, *, fleet: bool) -> ByWhom:
    from ui.attribution.asking import ByWhom

    query = call.query
    by = query.get("by") or ("model" if "per" in query else None)
    if by is None or "category" in query:
        msg = (
            "of, idle and every go with by (tenant, team, user, model, job, name, kind or cluster), category does not."
        )
        raise InputError(msg)
    return ByWhom(
        by=by,
        of=query.getlist("of") or None,
        idle=query.get("idle"),
        names=query.getlist("name") or None,
        every=query.get("every"),
        per=query.get("per"),
        fleet=fleet,
    )


def _computed(call: Call, asked: ByWhom, periods: Sequence[Period]) -> list[Row]:
    from ui.attribution.figures import rows_of

    spans = ((call.service.settings.site(site), first, last) for site, first, last in periods)
    return list(rows_of(asked.figures(call.service, spans)))
