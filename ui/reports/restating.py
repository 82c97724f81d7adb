"""What a report says against what the books say now: how much a figure changed, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from analytics.consolidation import COMPANY
from analytics.report import differences
from config.errors import InputError
from ui.reports.content import report_content
from ui.reports.kept import content_of, seconds
from ui.reports.period import period as read
from ui.reports.printed import BEFORE, printed

if TYPE_CHECKING:
    from analytics.report import Difference
    from collectors.store.reports import Report
    from ui.reports.period import Period
    from ui.service import Service

Row = dict[str, Any]
UNNAMED: Final = "rows came in for time that had none, or the rules that compute the figures changed"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a report and the books of now: figures, and what may have caused it."""

    figures: list[Row]
    causes: list[str]


def changes(service: Service, report: Report, period: Period) -> Changes:
    """Compare a report with what the same period says now (restatement: how much, and why)."""
    return compared(service, report, report_content(service, report.subject, period))


def compared(service: Service, report: Report, now: Row) -> Changes:
    """Compare a report with other content of its period, all that it prints with its change, and name the causes."""
    before = content_of(service, report)
    found = differences(printed(before), printed(now))
    rows = [
        {
            "subject": one.subject,
            "figure": one.name,
            "unit": one.unit,
            "before": one.before,
            "now": one.after,
            "change": one.share,
            "recalculate": _recalculates(service, report, one),
        }
        for one in found
    ]
    causes = _causes(service, report, before, now) if rows else []
    both = {part["id"] for part in before["sites"]} & {part["id"] for part in now["sites"]}
    changed = any(one.name.endswith(BEFORE) and one.subject in both for one in found)
    former = ["the books of the year before changed"] if changed else []
    return Changes(rows, [*causes, *former] or [UNNAMED] if rows else [])


def _recalculates(service: Service, report: Report, one: Difference) -> bool:
    """Whether a change of the base year is above the company's threshold: its figures have to be recalculated."""
    organisation = service.settings.organisation
    if organisation is None or organisation.recalculation_threshold is None:
        return False
    of_base_year = report.subject == COMPANY and report.label == str(organisation.base_year)
    return of_base_year and (one.share is None or abs(one.share) > organisation.recalculation_threshold)


def _causes(service: Service, report: Report, before: Row, now: Row) -> list[str]:
    words = []
    if before["config_hash"] != now["config_hash"]:
        words.append(f"the configuration changed from {before['config_hash']} to {now['config_hash']}")
    if before["wattlas"] != now["wattlas"]:
        words.append(f"computed by Wattlas {now['wattlas']}, then {before['wattlas']}")
    former, later = ({part["id"]: part for part in one["sites"]} for one in (before, now))
    words += [f"{site} is no site of the report any more" for site in former if site not in later]
    words += [f"{site} is a site of the report now" for site in later if site not in former]
    for site in (site for site in former if site in later):
        words += [f"{site}: {text}" for text in _site_causes(service, report, former[site], later[site])]
    return words


def _site_causes(service: Service, report: Report, old: Row, new: Row) -> list[str]:
    words = []
    points = [point.id for point in service.settings.points if point.site == new["id"]]
    start, end = seconds(new["start"]), seconds(new["end"])
    former = service.stores.books.history(points=points, start=start, end=end)
    late = former.filter(pc.greater_equal(former["replaced_at"], pa.scalar(report.steps[0].at, pa.int64())))
    counts = late.group_by(["point", "cause"]).aggregate([("start", "count")]).to_pylist()
    words += [
        f"{row['start_count']:,} ledger rows of {row['point']} were revised since: {row['cause']}" for row in counts
    ]
    for kind in ("records", "estimates"):
        then, later = ({(row["id"], row.get("version", 1)) for row in part[kind]} for part in (old, new))
        words += [f"{kind[:-1]} {id_} version {number} came in since" for id_, number in sorted(later - then)]
        words += [f"{kind[:-1]} {id_} version {number} stands no longer" for id_, number in sorted(then - later)]
    return [*words, *_factor_causes(old, new)]


def _factor_causes(old: Row, new: Row) -> list[str]:
    then, later = ({use["id"]: use for row in part["figures"] for use in row["factors"]} for part in (old, new))
    words = [f"factor {id_} is used now" for id_ in sorted(later.keys() - then.keys())]
    words += [f"factor {id_} is used no longer" for id_ in sorted(then.keys() - later.keys())]
    both = ((id_, then[id_], later[id_]) for id_ in sorted(then.keys() & later.keys()))
    return words + [
        f"factor {id_} was {one['value']:g} {one['unit']}, is {other['value']:g} {other['unit']}"
        for id_, one, other in both
        if one["value"] != other["value"]
    ]


def restated(service: Service, content: Row, label: str) -> Row | None:
    """Return what content changes in the newest sealed report of its period; None where none is sealed."""
    known = service.stores.state.reports.all()
    sealed = [one for one in known if one.sealed and (one.subject, one.label) == (content["subject"], label)]
    if not sealed:
        return None
    found = compared(service, sealed[-1], content)
    return {"id": sealed[-1].id, "figures": found.figures, "causes": found.causes} if found.figures else None


def refuse_changed(service: Service, report: Report) -> None:
    """Refuse a step on a report whose figures are no longer those of the books.

    Raises:
        InputError: they differ; the sentence names the first figures.
    """
    found = changes(service, report, read(report.label))
    if found.figures:
        names = ", ".join(f"{row['subject']} {row['figure']}" for row in found.figures[:3])
        msg = f"the books changed since report {report.id} was prepared ({names}): prepare it anew"
        raise InputError(msg)
