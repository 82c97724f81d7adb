"""What a report holds and how two of them differ: pure rules over figures that were computed elsewhere.

`SECTIONS` is the monthly page of ISO/IEC 30134, ESRS E1 and Regulation (EU) 2024/1364 taken together; every name is a
figure of the product. A report never computes: it lays out what `ui.figures.site` gave.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, Any, Final, Literal

from analytics.biogenic import BIOGENIC
from analytics.twice import APART
from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analytics.twice import Twice

    Row = Mapping[str, Any]

SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "energy": (
        "facility_energy_kwh",
        "it_energy_kwh",
        "cooling_energy_kwh",
        "losses_energy_kwh",
        "bought_energy_kwh",
        "genset_energy_kwh",
        "fuel_energy_lhv_kwh",
        "fuel_energy_hhv_kwh",
    ),
    "efficiency": ("pue", "pue_12_months", "dcie", "wue", "water_l", "erf", "ere"),
    "carbon": (
        "emissions_scope_1_kgco2e",
        BIOGENIC,
        "emissions_location_kgco2e",
        "emissions_market_kgco2e",
        "emissions_upstream_kgco2e",
        "emissions_embodied_kgco2e",
        "cue",
    ),
    "green": ("ref", "matched_share_annual", "matched_share_renewable", "matched_share_hourly", "cfe"),
    "cost": ("energy_cost",),
}
NAMES: Final = tuple(name for names in SECTIONS.values() for name in names)
DUST: Final = 0.001  # of the parents' energy: books balance within it (design 8.3)
RESIDUAL_LIMIT: Final = 0.15  # losses of UPS, transformers and cables are below it: more is a load without a meter
BALANCE_REMEDY: Final = "check units, ratios and places of these meters"
UNMETERED_REMEDY: Final = "add a point for what takes it, or say in the report what it is"
TWICE_REMEDY: Final = "check the unit and the ratio of its register, then `wattlas ledger recompute`"
EACH: Final = 5  # so many contracts without credit are named one by one
PRINTED: Final = 60  # rows of contracts on a page
CLAIM_REMEDY: Final = "correct the contract, or leave it out"
SAME: Final = 1e-9  # figures that differ by less are the same: sums in another order

Level = Literal["ok", "note", "blocks"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at before a report may be sealed: what was found, and what to do about it.

    `about` is what it speaks of in words that stay while amounts in `text` change: a task is known by it.
    """

    name: str
    level: Level
    text: str
    remedy: str = ""
    about: str = ""


def figure_checks(figures: Sequence[Row], *, site: str, estimated_limit: float) -> Iterator[Check]:
    """Yield a note for every figure of a site without a value, and for one that rests on much that nobody measured.

    Args:
        figures: rows with name, value, reason and estimated.
        site: site id.
        estimated_limit: share of estimated time above which a figure is noted.
    """
    for row in figures:
        if row["value"] is None:
            text = f"{site}: {row['name']} has no value: {row['reason']}"
            yield Check("figure", "note", text, "see the reason", f"{site}/{row['name']}")
        elif row["estimated"] > estimated_limit:
            share = f"{percent(row['estimated'], 1)} of its time (limit {estimated_limit:.0%})"
            text = f"{site}: {row['name']} is estimated for {share}"
            yield Check("estimated", "note", text, "say in the report why this stands", f"{site}/{row['name']}")


def period_check(*, end: int, booked_until: int) -> Check:
    """Say whether the period is over and booked: a report of a month that goes on would change by itself.

    >>> period_check(end=100, booked_until=100).level, period_check(end=100, booked_until=99).level
    ('ok', 'blocks')
    """
    if end <= booked_until:
        return Check("period", "ok", "the period is over and all of it is booked")
    return Check("period", "blocks", "the period is not over, or not all of it is booked", "wait until it is")


def waiting_check(*, records: int, estimates: int) -> Check:
    """Say whether records or estimates of the period wait for approval.

    >>> waiting_check(records=1, estimates=0).text
    '1 records and 0 estimates of the period wait for approval'
    """
    if not records and not estimates:
        return Check("approvals", "ok", "nothing of the period waits for approval")
    text = f"{records} records and {estimates} estimates of the period wait for approval"
    return Check("approvals", "blocks", text, "approve them, correct them, or withdraw them")


def stale_checks(sentences: Mapping[str, str]) -> Iterator[Check]:
    """Yield what blocks for each estimate, by id, whose invoice no longer says what it was made of.

    >>> [check.text for check in stale_checks({"e": "record r stands no longer"})]
    ['estimate e: record r stands no longer']
    """
    for id_, text in sentences.items():
        yield Check("estimates", "blocks", f"estimate {id_}: {text}", "`wattlas estimates withdraw`, then propose", id_)


def log_check(*, fault: str | None) -> Check:
    """Say whether the audit log proves the records, estimates and steps that a report rests on.

    >>> log_check(fault=None).level, log_check(fault="line 2 was changed").text
    ('ok', 'line 2 was changed')
    """
    if fault is None:
        return Check("log", "ok", "the audit log is whole and tells of every record, estimate and step")
    return Check("log", "blocks", fault.rstrip("."), "restore a backup, and find out who wrote to the state store")


def claim_checks(claims: Sequence[Row], *, site: str) -> Iterator[Check]:
    """Yield a note for each contract that gives a site no credit, with why; one a reason where they are many.

    >>> rows = [{"contract": f"c{n}", "reason": "not retired"} for n in range(9)]
    >>> [check.text for check in claim_checks(rows, site="s")]
    ['s: 9 lots of contracts, c0 first, give no credit: not retired']
    """
    by_reason = defaultdict[str, list[str]](list)
    for row in claims:
        if row["reason"]:
            by_reason[row["reason"]].append(row["contract"])
    for reason, names in by_reason.items():
        many = f"{len(names)} lots of contracts, {names[0]} first, give"
        for said in [many] if len(names) > EACH else [f"contract {name} gives" for name in names]:
            yield Check(
                "contract", "note", f"{site}: {said} no credit: {reason}", CLAIM_REMEDY, f"{site}/{said}: {reason}"
            )


def printed_claims(claims: Sequence[Row]) -> tuple[list[Row], Row | None]:
    """Return claims in the order in which a page prints them, and what it says of those that it has no room for.

    A table of more than 60 rows is read by nobody: it shows those that give most, and says of the rest how many they
    are, what they give [kWh] and how many give nothing. Workbook, CSV and JSON hold all of them.
    """
    if len(claims) <= PRINTED:
        return list(claims), None
    ordered = sorted(claims, key=lambda row: (-row["share"], -row["kwh"]))
    rest = ordered[PRINTED:]
    refused = sum(row["reason"] is not None for row in rest)
    return ordered, {
        "printed": PRINTED,
        "count": len(rest),
        "kwh": sum(row["kwh"] for row in rest),
        "refused": refused,
    }


def balance_checks(balances: Sequence[Row], *, site: str) -> Iterator[Check]:
    """Yield a note for balances whose meters contradict each other, or leave more unsaid than a limit; the worst first.

    Args:
        balances: rows with node, children and share (of the parents' energy; None where they took nothing).
        site: site id.
    """
    known = [row for row in balances if row["share"] is not None]
    below = sorted((row for row in known if row["share"] < -DUST), key=lambda row: row["share"])
    above = sorted((row for row in known if row["share"] > RESIDUAL_LIMIT), key=lambda row: -row["share"])
    texts = [(_balance(row, site), f"the meters below took {percent(-row['share'], 1)} more") for row in below]
    yield from _worst("balance", site, texts, BALANCE_REMEDY)
    limit = f"(limit {RESIDUAL_LIMIT:.0%})"
    texts = [(_balance(row, site), f"{percent(row['share'], 1)} is told by no meter below {limit}") for row in above]
    yield from _worst("balance", site, texts, UNMETERED_REMEDY)


def _balance(row: Row, site: str) -> str:
    return f"{site}: {row['node']} over {row['children']}"


def twice_checks(found: Sequence[Twice], *, site: str) -> Iterator[Check]:
    """Yield a note for points whose register and power contradict each other by more than a limit; the worst first."""
    apart = sorted((one for one in found if one.apart > APART), key=lambda one: -one.apart)
    said = "its register counted {:.6g} kWh where its power made {:.6g} kWh"
    texts = [(f"{site}: {one.point}", said.format(one.register_kwh, one.power_kwh)) for one in apart]
    yield from _worst("meters", site, texts, TWICE_REMEDY)


def _worst(name: str, site: str, texts: Sequence[tuple[str, str]], remedy: str) -> Iterator[Check]:
    """Yield the first of what was found, by what it is about, and one line for the rest."""
    for about, text in texts[:EACH]:
        yield Check(name, "note", f"{about}: {text}", remedy, about)
    if len(texts) > EACH:
        text = f"{len(texts) - EACH} more of this kind, all of them less"
        yield Check(name, "note", text, remedy, f"{site}: more than {EACH}, {remedy}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of two reports that is not the same; None where one of them has no value."""

    subject: str
    name: str
    unit: str
    before: float | str | None
    after: float | str | None

    @property
    def share(self) -> float | None:
        """The change as a share of the former value; None between texts."""
        if isinstance(self.before, str) or isinstance(self.after, str):
            return None
        return change(self.before, self.after)


def change(before: float | None, after: float | None) -> float | None:
    """Return a change as a share of the former value; None where one is not known, or the former is zero.

    >>> change(2.0, 3.0), change(0.0, 3.0)
    (0.5, None)
    """
    if before is None or after is None or before == 0:
        return None
    return after / before - 1


def differences(before: Sequence[Row], after: Sequence[Row]) -> list[Difference]:
    """Return the figures of two reports of the same period that differ, in the order of the first.

    Args:
        before: figures with subject, name, unit and value, which may be a text.
        after: the same of the later report.

    >>> row = {"subject": "s", "name": "pue", "unit": "1", "value": 1.5}
    >>> differences([row], [{**row, "value": 1.8}])[0].share
    0.19999999999999996
    """
    later = {(row["subject"], row["name"]): row for row in after}
    earlier = {(row["subject"], row["name"]): row for row in before}
    found = []
    for key, row in {**earlier, **later}.items():
        values = [of[key]["value"] if key in of else None for of in (earlier, later)]
        if not _same(*values):
            found.append(Difference(row["subject"], row["name"], row["unit"], *values))
    return found


def _same(before: float | str | None, after: float | str | None) -> bool:
    if before is None or after is None or isinstance(before, str) or isinstance(after, str):
        return before == after
    return isclose(before, after, rel_tol=SAME, abs_tol=SAME)
