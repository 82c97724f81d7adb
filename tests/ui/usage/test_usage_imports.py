"""Imports of bills: interrupted, ended part way, two at a time, into a sealed month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.usage.bought import CPU_W, MONTH, focus, write
from tests.ui.usage.worked import CPU_KWH, kwh

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ui.company import Company


def test_an_import_that_was_interrupted_goes_on(
    shop: Company, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from collectors.store.spool import Spool
    from config.errors import StoreUnavailable

    def full(*_: object, **__: object) -> int:
        message = "no space"
        raise StoreUnavailable(message)

    bill = write(shop.folder / "march.csv", MONTH)
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "accept", full)
        assert "no space" in run("import", str(bill))
    (row,), _ = run("import", str(bill), "--json")
    assert not row["already"], "its note stood, its readings did not"
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_KWH)
    (again,), _ = run("import", str(bill), "--json")
    assert (again["already"], again["origin"]) == (True, row["origin"])


@pytest.mark.parametrize("step", ["accept", "note", "undo"])
def test_an_import_ended_part_way_is_told_and_done_again(
    shop: Company, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    from collectors.store.doctor import examine
    from collectors.store.spool import Spool
    from collectors.store.state import State
    from ui.usage import importing

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> int:
        raise Killed

    one, other, last = (
        write(shop.folder / f"{hours}.csv", [focus(hours, type_="m5.xlarge")]) for hours in (96.0, 48.0, 24.0)
    )
    run("import", str(one))
    service = shop.service
    place = {"accept": (Spool, "accept"), "note": (State, "note_import"), "undo": (importing, "undo_import")}[step]
    with monkeypatch.context() as patch:
        patch.setattr(*place, killed)
        with pytest.raises(Killed):
            importing.import_bills(service, [other])
    assert "main 2026-03 ended part-way" in run("list")[1]
    assert [one.then for one in examine(shop.service.stores.data)] == ["import"]
    run("import", str(last if step == "note" else other))
    hours = 24.0 if step == "note" else 48.0
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_W * hours / 1000)
    assert len(run("list", "--json")[0]) == 1
    assert run("list")[1] == ""
    assert examine(shop.service.stores.data) == []


def test_imports_of_a_month_wait_for_each_other(
    shop: Company, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at the same time found the same former bill, and both stood beside it."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event

    from collectors.importing.undo import undo_import
    from ui.usage import importing
    from ui.usage.spreading import refuse_shared

    bills = [write(shop.folder / f"{days}.csv", [focus(24.0 * days, type_="m5.xlarge")]) for days in (1, 2)]
    second = Event()
    run("import", str(write(shop.folder / "march.csv", MONTH)))
    service = shop.service

    def slowly(*args: Any, **more: Any) -> Any:  # noqa: ANN401
        second.wait(0.5)
        return undo_import(*args, **more)

    def told(*args: Any) -> None:  # noqa: ANN401
        if running:
            second.set()
        running.append(1)
        refuse_shared(*args)

    running: list[int] = []
    monkeypatch.setattr(importing, "undo_import", slowly)
    monkeypatch.setattr(importing, "refuse_shared", told)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda bill: importing.import_bills(service, [bill]), bills))
    assert len(service.stores.state.bills.standing()) == 1


def test_a_sealed_month_is_not_changed_by_a_bill(shop: Company, run: Callable[..., Any]) -> None:
    class Sealed:
        id, subject, label = "r1", "aws", "2026-03"

    from collectors.store.reports import ReportStore

    bill = write(shop.folder / "march.csv", MONTH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReportStore, "sealed_over", lambda *_: [Sealed])
        assert "report r1 of aws 2026-03 is sealed" in run("import", str(bill))
        assert shop.service.stores.state.imports() == []
        run("import", str(bill), "--restate", "the bill came late")
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_KWH)
