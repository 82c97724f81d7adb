"""The waste finder: each finding with kWh at the wall, money and tonnes a year, if it goes on like this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.attribution.waste import Drawn, a_year, at_cap, headroom_w, low_use, nobodys, unused
from analytics.frame import coded, plain
from analytics.sheets import FULL
from collectors.arrays import numpy_of
from ui.attribution.figures import Attribution
from ui.attribution.gather import Gathered, asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.attribution.waste import Mask
    from config.site import Site
    from ui.attribution.amounts import SiteAmounts
    from ui.attribution.gather import Shared
    from ui.figures import Question
    from ui.service import Service

Row = dict[str, Any]
FEEDING: Final = frozenset({"utility", "ups", "pdu", "feed"})
COVERED: Final = 0.95
W_PER_KW: Final = 1000
NOTHING: Final = (0, 0)  # a span in which nothing is known
KG_PER_T: Final = 1000
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
        idle, capped = Drawn(), Drawn()
        for leg in shared.gathered.legs(shared.site):
            mask, names = self._nobodys(shared.gathered, leg)
            idle.enter(names, leg.it.sheet.energy, mask, it=leg.it, cells=leg.cells)
            gpus = [gpu for spec in leg.it.specs for gpu in spec.gpus]
            nodes = [(shared.gathered.nodes[spec.point][1], gpu) for spec in leg.it.specs for gpu in spec.gpus]
            full = at_cap(leg.gpus, [node.gpu_cap_w for node, _ in nodes])
            capped.enter(gpus, leg.gpus.energy[: len(gpus)], full, it=leg.it, cells=leg.cells)
        for name, kwh in idle.energy_kwh.items():
            text = f"powered {self._share(idle.seconds[name]):.0%} of the time without any job on it"
            yield self._row("idle node", name, kwh, idle.site[name], shared.site, 1.0, text)
        for name, kwh in capped.energy_kwh.items():
            text = f"at its power limit {self._share(capped.seconds[name]):.0%} of the time; the energy drawn there"
            yield self._row("GPU at its power limit", name, kwh, capped.site[name], shared.site, 1.0, text)

    def _nobodys(self, gathered: Gathered, leg: Shared) -> tuple[Mask, list[str]]:
        """Idle nodes, each judged as far as the records of its cluster reach: what nobody recorded is not idle."""
        names = [spec.point for spec in leg.it.specs]
        spans = _known(gathered)
        own = [spans.get(gathered.nodes[name][0].id, NOTHING) if name in gathered.nodes else NOTHING for name in names]
        masks = {one: nobodys(leg.it, leg.portions, since=one[0], until=one[1]) for one in set(own)}
        rows = [masks[one][row] for row, one in enumerate(own)]
        return np.array(rows, np.bool_).reshape((*leg.it.sheet.energy.shape[:1], -1)), names

    def _low(self, shared: Attribution) -> Iterator[Row]:
        """Jobs that used little of what they held."""
        low = low_use(shared.gathered.work, below=self.below)
        for amount in shared.sums.amounts():
            use = low.get(amount.subject)
            if use is None:
                continue
            text = f"used {use:.1%} of the GPUs or CPUs that it held; the energy of the rest"
            kwh = unused(energy_kwh=amount.own["energy"], use=use)
            site = {key: values[0] for key, values in amount.site.items()}
            yield self._row("low utilisation", amount.subject, kwh, site, shared.site, 1 - use, text)

    def _row(
        self, kind: str, where: str, kwh: float, amounts: dict[str, float], site: SiteAmounts, share: float, text: str
    ) -> Row:
        """One finding; money and emissions are None with the reason where the site has no such figure."""
        seconds = float(self.end - self.start)
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
        text = f"its highest 15 minutes took {peak:.0%} of its max_w: power that could feed more, but is no energy"
        nothing = dict.fromkeys(("kwh", "kwh_a_year", "money_a_year", "tco2e_a_year"))
        return {
            "site": self.site.id, "kind": "stranded power", "where": name, **nothing, "currency": "",
            "kw": free_w / W_PER_KW, "text": text, "reason": "capacity draws nothing",
        }  # fmt: skip

    def _share(self, seconds: float) -> float:
        return seconds / (self.end - self.start)


def _known(gathered: Gathered) -> dict[str, tuple[int, int]]:
    """From when to when [UTC s] records speak of each cluster: by its jobs of the period, or its source's last look."""
    codes, names = coded(gathered.jobs["cluster"])
    start, end = plain(gathered.jobs["start"]), plain(gathered.jobs["end"])
    book = gathered.question.service.stores.jobs
    found = {}
    for code, name in enumerate(names):
        ours = codes == code
        if ours.any():
            found[name] = int(start[ours].min()), max(int(end[ours].max()), book.looked(name))
    return found
