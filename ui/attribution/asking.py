"""Who used it, as every door asks: command line, API and page give the same words and get the same figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.errors import InputError
from ui.access.part import refuse_part
from ui.attribution.figures import attributed, fleet_of
from ui.attribution.finer import seconds_of
from ui.attribution.per_work import per_work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from config.site import Site
    from ui.attribution.figures import Attributed
    from ui.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class ByWhom:
    """A question by tenant, job and the like: of whom, by which rule for idle power, by which cells, per which work."""

    by: str
    of: Sequence[str] | None = None
    idle: str | None = None
    names: Sequence[str] | None = None
    every: str | None = None
    per: str | None = None
    fleet: bool = False

    def figures(self, service: Service, spans: Iterable[tuple[Site, int, int]]) -> Iterable[Attributed]:
        """Return the figures of each site and period, with those of all together where `fleet` asks for them.

        Raises:
            InputError: no such kind of subject, rule, figure or cells, or `per` together with `fleet` (NotAllowed:
                `fleet` where some sites cannot be seen).
        """
        if self.per and self.fleet:
            message = "--per speaks of each site, whose wall it is: leave --fleet out."
            raise InputError(message)
        if self.fleet:
            refuse_part(service, "the fleet")
        found = self._of_sites(service, spans, seconds_of(self.every))
        if not self.fleet:
            return found
        of_sites = list(found)
        return [*of_sites, *fleet_of(of_sites)]

    def _of_sites(
        self, service: Service, spans: Iterable[tuple[Site, int, int]], every_s: int | None
    ) -> Iterator[Attributed]:
        how: dict[str, Any] = {"by": self.by, "idle": self.idle, "names": self.names, "of": self.of, "every_s": every_s}
        for site, first, last in spans:
            if self.per is None:
                yield from attributed(service, site, first, last, **how)
            else:
                yield from per_work(service, site, first, last, per=self.per, **how)
