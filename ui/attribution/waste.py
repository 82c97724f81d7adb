"""The waste finder: each finding with kWh at the wall, money and tonnes a year, if it goes on like this."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.attribution.waste import Drawn, a_year, at_cap, headroom_w, judged, low_use, nobodys, unused
from analytics.frame import coded, plain
from analytics.sheets import FULL
from collectors.arrays import numpy_of
from config.reading.wording import percent
from ui.attribution.figures import Attribution
from ui.attribution.gather import Gathered
from ui.attribution.period import asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analytics.attribution.waste import Mask
    from config.site import Site
    from ui.attribution.amounts import SiteAmounts
    from ui.attribution.leg import Shared
    from ui.figures.site import Question
    from ui.service import Service

Row = dict[str, Any]
FEEDING: Final = frozenset({"utility", "ups", "pdu", "feed"})
COVERED: Final = 0.95
W_PER_KW: Final = 1000
NOTHING: Final = (0, 0)  # a span in which nothing is known
KG_PER_T: Final = 1000
CAPPED: Final = "at its power limit {}; the energy drawn there, which a line of its job may hold too"
ORDER: Final = ("idle node", "low utilisation", "GPU at its power limit", "stranded power")


@dataclass(frozen=True)
class Finder:
    """One site over one period; `below` is the use and the load under which something is told."""

    service: Service
    site: Site
    start: int
    end: int
    below: float

    def rows(self) -> list[Row]:
        """All findings, kind by kind, the most energy first."""
        question = asked(self.service, self.site, self.start, self.end)
        shared = Attribution(Gathered(question, "job"))
        found = [*self._drawn(shared), *self._low(shared), *self._stranded(question)]
        return sorted(found, key=lambda row: (ORDER.index(row["kind"]), -(row["kwh_a_year"] or 0.0), row["where"]))

    def _drawn(self, shared: Attribution) -> Iterator[Row]:
        """Nodes that drew while nobody was there, and GPUs at the limit that is set for them."""
        idle, capped, known = Drawn(), Drawn(), Counter[str]()
        spans = self.service.stores.jobs.spans()
        for leg in shared.gathered.legs(shared.site):
            mask, seen, names = _nobodys(shared.gathered, leg, spans)
            known.update(dict(zip(names, (seen @ leg.it.sheet.seconds).tolist(), strict=True)))
            idle.enter(names, leg.it.sheet.energy, mask, it=leg.it, cells=leg.cells)
            nodes = [(shared.gathered.nodes[spec.point][1], gpu) for spec in leg.it.specs for gpu in spec.gpus]
            gpus, count = [gpu for _, gpu in nodes], len(nodes)
            full = at_cap(leg.gpus, [node.gpu_cap_w for node, _ in nodes])
            known.update(dict(zip(gpus, ((leg.gpus.covered[:count] >= FULL) @ leg.gpus.seconds).tolist(), strict=True)))
            lift = np.array([1 / node.supply_efficiency for node, _ in nodes])[:, None]
            capped.enter(gpus, leg.gpus.energy[:count] * lift, full, it=leg.it, cells=leg.cells)
        yield from self._found("idle node", idle, known, shared, "powered {} without any job that holds a part of it")
        yield from self._found("GPU at its power limit", capped, known, shared, CAPPED)

    def _found(
        self, kind: str, drawn: Drawn, known: Mapping[str, float], shared: Attribution, text: str
    ) -> Iterator[Row]:
        """Findings of points; a year of each goes by the time that is known of it."""
        for name, kwh in drawn.energy_kwh.items():
            seconds = known[name]
            share = seconds / (self.end - self.start)
            told = text.format(
                f"{percent(drawn.seconds[name] / seconds)} of the time known ({percent(share)} of the period)"
            )
            yield self._row(kind, name, kwh, drawn.site[name], shared.site, 1.0, told, seconds=seconds)

    def _low(self, shared: Attribution) -> Iterator[Row]:
        """Jobs that used little of what they held."""
        low = low_use(shared.gathered.work, below=self.below)
        for amount in shared.sums.amounts():
            use = low.get(amount.subject)
            if use is None:
                continue
            text = f"used {percent(use, 1)} of the GPUs or CPUs that it held; the energy of the rest"
            kwh = unused(energy_kwh=amount.own["energy"], use=use)
            site = {key: values[0] for key, values in amount.site.items()}
            told: tuple[SiteAmounts, float, str] = (shared.site, 1 - use, text)
            seconds = float(self.end - self.start)
            yield self._row("low utilisation", amount.subject, kwh, site, *told, seconds=seconds)

    def _row(
        self,
        kind: str,
        where: str,
        kwh: float,
        amounts: dict[str, float],
        site: SiteAmounts,
        share: float,
        text: str,
        *,
        seconds: float,
    ) -> Row:
        """One finding; money and emissions are None with the reason where the site has no such figure."""
        cost, emissions = site.figures["energy_cost"], site.figures["emissions_location_kgco2e"]
        facility = site.figures["facility_energy_kwh"]

        def part(quantity: str, whole: float | None) -> float | None:
            total = float(site.cells[quantity].sum())
            return (
                None
                if whole is None or total <= 0
                else a_year(whole * amounts[quantity] * share / total, seconds=seconds)
            )

        kg = part("location", emissions.value)
        wall = part("facility", facility.value)
        reasons = dict.fromkeys(one.reason for one in (cost, emissions, facility) if one.reason)
        return {
            "site": self.site.id,
            "kind": kind,
            "where": where,
            "kwh": kwh,
            "kwh_a_year": wall,
            "money_a_year": part("cost", cost.value),
            "currency": cost.unit,
            "tco2e_a_year": None if kg is None else kg / KG_PER_T,
            "kw": None,
            "text": text,
            "reason": "; ".join(reasons),
        }

    def _stranded(self, question: Question) -> Iterator[Row]:
        """Feeds whose highest load is less than `below` of their rating: capacity, not energy."""
        tree = question.eras[-1].tree
        rated = {one.id: one.max_w for one in tree.points if one.role in FEEDING and one.max_w and one.interval_s}
        if not rated:
            return
        rows = self.service.ledger(start=self.start, end=self.end, points=sorted(rated), metrics=["energy"])
        codes, names = coded(rows["point"])
        hours = (plain(rows["end"]) - plain(rows["start"])) / 3600
        seen = numpy_of(rows["missing"]) <= 1 - FULL
        mean_w = np.divide(numpy_of(rows["energy_kwh"]), hours, out=np.zeros(hours.size), where=hours > 0) * W_PER_KW
        for code, name in enumerate(names):
            ours = (codes == code) & seen
            known = float(hours[ours].sum() * 3600) / (self.end - self.start)
            if known < COVERED:
                continue
            free = headroom_w(rated_w=rated[name] or 0.0, mean_w=mean_w[ours])
            peak = 1 - free / (rated[name] or 1.0)
            if peak < self.below:
                yield self._capacity(name, free, peak)

    def _capacity(self, name: str, free_w: float, peak: float) -> Row:
        text = f"its highest 15 minutes took {percent(peak)} of its max_w: power that could feed more, but is no energy"
        nothing = dict.fromkeys(("kwh", "kwh_a_year", "money_a_year", "tco2e_a_year"))
        return {
            "site": self.site.id, "kind": "stranded power", "where": name, **nothing, "currency": "",
            "kw": free_w / W_PER_KW, "text": text, "reason": "capacity draws nothing",
        }  # fmt: skip


def _nobodys(gathered: Gathered, leg: Shared, spans: Mapping[str, tuple[int, int]]) -> tuple[Mask, Mask, list[str]]:
    """Idle nodes and what is known of each: as far as the records of its cluster reach, for nobody else is idle."""
    names = [spec.point for spec in leg.it.specs]
    own = [spans.get(gathered.nodes[name][0].id, NOTHING) if name in gathered.nodes else NOTHING for name in names]
    seen = {one: judged(leg.it, since=one[0], until=one[1]) for one in set(own)}
    masks = {one: nobodys(leg.it, leg.portions, since=one[0], until=one[1]) for one in seen}
    shape = leg.it.sheet.energy.shape
    both = ([of[one][row] for row, one in enumerate(own)] for of in (masks, seen))
    mask, known = (np.array(rows, np.bool_).reshape(shape) for rows in both)
    return mask, known, names
