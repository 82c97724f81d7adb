"""Publishers of the grid's intensity: what is asked and when, keys that are shown nowhere, refusals in a sentence."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from collectors.plugins.grid import service
from collectors.plugins.grid.eia import Eia
from collectors.plugins.grid.electricity_maps import ElectricityMaps
from collectors.plugins.grid.entsoe import Entsoe
from collectors.plugins.grid.uk import UkCarbonIntensity
from collectors.plugins.grid.watttime import WattTime
from collectors.plugins.open_meteo import OpenMeteo
from config.errors import CollectError, PayloadUnreadable, SourceRefused, SourceUnreachable
from tests.peers.pages import serving_pages

if TYPE_CHECKING:
    from collectors.plugins.grid.service import GridService

START, END = datetime(2026, 3, 1, 10, 31, tzinfo=UTC), datetime(2026, 3, 1, 12, 5, tzinfo=UTC)


def uk(url: object = "http://127.0.0.1:9", **keys: object) -> UkCarbonIntensity:
    return UkCarbonIntensity.model_validate({"id": "g", "point": "lab/grid", "url": url, **keys})


def maps(url: str = "http://127.0.0.1:9", **keys: object) -> ElectricityMaps:
    table = {"id": "g", "point": "lab/grid", "url": url, "zone": "DE", "scope": "direct", "api_key": {"env": "KEY"}}
    return ElectricityMaps.model_validate(table | keys)


def entsoe(url: str = "http://127.0.0.1:9", **keys: object) -> Entsoe:
    table = {"id": "g", "point": "lab/grid", "url": url, "area": "10Y1001A1001A82H", "api_key": {"env": "KEY"}}
    return Entsoe.model_validate(table | keys)


def watttime(url: str = "http://127.0.0.1:9", **keys: object) -> WattTime:
    table = {"id": "g", "point": "lab/grid", "url": url, "region": "CAISO_NORTH", "signal": "co2_moer", "user": "u"}
    return WattTime.model_validate(table | {"password": {"env": "KEY"}} | keys)


async def fetched(one: GridService) -> bytes:
    try:
        return await one.fetch()
    finally:
        await one.close()


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({}, "/intensity/2026-03-01T10:31Z/2026-03-01T12:05Z"),
        ({"region": 13}, "/regional/intensity/2026-03-01T10:31Z/2026-03-01T12:05Z/regionid/13"),
        ({"postcode": "SW1"}, "/regional/intensity/2026-03-01T10:31Z/2026-03-01T12:05Z/postcode/SW1"),
    ],
)
def test_the_uk_is_asked_for_a_window_of_a_place(keys: dict[str, object], path: str) -> None:
    assert uk(**keys).question(START, END) == (path, {}, None)


@pytest.mark.peer
def test_72_hours_are_asked_for_at_a_start_and_when_revisions_are_due_and_6_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[timedelta] = []
    question = UkCarbonIntensity.question

    def noted(self: UkCarbonIntensity, start: datetime, end: datetime) -> object:
        asked.append(end - start)
        question(self, start, end)
        return "/intensity", {}, None

    monkeypatch.setattr(UkCarbonIntensity, "question", noted)

    async def script() -> None:
        async with serving_pages({"/intensity": b"{}"}) as stub:
            one = uk(stub.url)
            await one.fetch()
            await one.fetch()
            monkeypatch.setattr(service, "REVISION_EVERY_S", 0.0)
            await one.fetch()
            await one.close()

    asyncio.run(script())
    assert asked == [timedelta(hours=72), timedelta(hours=6), timedelta(hours=72)]


@pytest.mark.peer
def test_the_key_goes_into_the_header_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "s3cret")

    async def script() -> None:
        async with serving_pages({"/v3/carbon-intensity/past-range": b"{}"}) as stub:
            await fetched(maps(stub.url, scope="life_cycle"))
            assert stub.headers["auth-token"] == "s3cret"
            assert "zone=DE" in stub.asked[0]
            assert "emissionFactorType=lifecycle" in stub.asked[0]
            assert "s3cret" not in stub.asked[0] + repr(maps())

    asyncio.run(script())

    async def eia() -> None:
        async with serving_pages({"/v2/electricity/rto/fuel-type-data/data/": b"{}"}) as stub:
            table = {"id": "g", "point": "lab/grid", "url": stub.url, "respondent": "CISO", "api_key": {"env": "KEY"}}
            await fetched(Eia.model_validate(table))
            assert "api_key=s3cret" in stub.asked[0], "EIA takes it nowhere else"

    asyncio.run(eia())

    async def platform() -> None:
        async with serving_pages({"/api": b"<x/>"}) as stub:
            await fetched(entsoe(stub.url))
            assert "securityToken=s3cret" in stub.asked[0], "the platform takes it nowhere else"
            assert "documentType=A75&processType=A16&in_Domain=10Y1001A1001A82H" in stub.asked[0]
            assert stub.headers["Accept"] == "application/xml"

    asyncio.run(platform())
    monkeypatch.delenv("KEY")
    with pytest.raises(SourceRefused, match="environment variable KEY is not set"):
        asyncio.run(fetched(maps()))


@pytest.mark.peer
@pytest.mark.parametrize(("key", "kept"), [("s3cret-key", b'{"asked": "***"}'), ("s3cret", b'{"asked": "s3cret"}')])
def test_a_key_that_a_service_echoes_is_in_no_payload(key: str, kept: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", key)

    async def script() -> bytes:
        echo = json.dumps({"asked": key}).encode()
        async with serving_pages({"/v3/carbon-intensity/past-range": echo}) as stub:
            return await fetched(maps(stub.url))

    assert asyncio.run(script()) == kept


@pytest.mark.peer
def test_weather_is_asked_for_a_place_and_the_hours_that_may_have_been_revised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "s3cret")

    async def script() -> None:
        async with serving_pages({"/v1/forecast": b"{}"}) as stub:
            table = {"id": "w", "point": "lab/w", "url": stub.url, "latitude": 50.11, "longitude": -8.5}
            await fetched(OpenMeteo.model_validate(table | {"interval_s": 3600}))
            assert stub.asked[0].startswith("/v1/forecast?latitude=50.11&longitude=-8.5&")
            assert "past_hours=72" in stub.asked[0]
            assert "apikey" not in stub.asked[0]
            await fetched(OpenMeteo.model_validate(table | {"api_key": {"env": "KEY"}}))
            assert "apikey=s3cret" in stub.asked[1]

    asyncio.run(script())


@pytest.mark.peer
def test_one_login_serves_many_polls_and_a_refusal_brings_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "s3cret")
    pages: dict[str, bytes | int] = {"/login": b'{"token": "t0ken"}', "/v3/historical": b"{}"}

    async def script() -> None:
        async with serving_pages(pages) as stub:
            one = watttime(stub.url)
            await one.fetch()
            await one.fetch()
            assert [path.partition("?")[0] for path in stub.asked] == ["/login", "/v3/historical", "/v3/historical"]
            assert stub.headers["Authorization"] == "Bearer t0ken"
            pages["/v3/historical"] = 401
            with pytest.raises(SourceRefused, match="check user and password, and that it may read this zone"):
                await one.fetch()
            pages["/v3/historical"] = b"{}"
            await one.fetch()
            assert stub.asked[-2] == "/login"
            assert not any("s3cret" in path or "t0ken" in path for path in [*stub.asked, repr(one)])
            pages["/login"] = b" " * (1 << 21)
            with pytest.raises(PayloadUnreadable, match="sends more than 1 MiB: check url"):
                await fetched(watttime(stub.url))
            for status, error in ((401, SourceRefused), (429, SourceUnreachable), (503, SourceUnreachable)):
                pages["/login"] = status
                with pytest.raises(error, match=rf"login .*\(HTTP {status}\)"):
                    await fetched(watttime(stub.url))
            await one.close()

    asyncio.run(script())


@pytest.mark.peer
@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        (401, SourceRefused, "refuses (HTTP 401): check api_key, and that it may read this zone."),
        (404, SourceRefused, "does not know this (HTTP 404): correct zone, region or url."),
        (429, SourceUnreachable, "gives no answer now (HTTP 429)."),
    ],
)
def test_a_refusal_is_a_sentence(
    status: int, error: type[CollectError], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "s3cret")

    async def script() -> None:
        async with serving_pages({"/v3/carbon-intensity/past-range": status}) as stub:
            await fetched(maps(stub.url))

    with pytest.raises(error) as caught:
        asyncio.run(script())
    assert text in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.peer
def test_too_much_too_late_and_nobody_there_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UkCarbonIntensity, "question", lambda *_: ("/x", {}, None))
    monkeypatch.setattr(service, "LARGEST_BODY", 1000)

    async def script(**keys: object) -> None:
        async with serving_pages({"/x": b"x" * 2000}) as stub:
            await fetched(uk(stub.url, **keys))

    with pytest.raises(PayloadUnreadable, match="check url"):
        asyncio.run(script())
    with pytest.raises(SourceUnreachable, match="check the way out of this network"):
        asyncio.run(script(deadline_s=1e-6))
    with pytest.raises(SourceUnreachable, match="does not answer"):
        asyncio.run(fetched(uk()))


def test_another_zone_is_not_taken_for_ours() -> None:
    with pytest.raises(PayloadUnreadable, match="is of FR, direct, not of DE, direct"):
        list(maps().parse(json.dumps({"zone": "FR", "data": []}).encode(), END))


@pytest.mark.parametrize(
    ("make", "keys", "text"),
    [
        (uk, {"region": 13, "postcode": "SW1"}, "keep one"),
        (uk, {"region": 18}, "region"),
        (uk, {"interval_s": 60}, "300"),
        (maps, {"zone": "Germany"}, "zone"),
        (maps, {"scope": "marginal"}, "scope"),
        (maps, {"api_key": "s3cret"}, "must not stand in the file"),
        (entsoe, {"area": "DE"}, "area"),
        (entsoe, {"scope": "direct", "factors": {"B02": 1000}}, "factors_source"),
        (entsoe, {"factors": {"B02": 1000}, "factors_source": "x"}, "factors needs scope"),
        (entsoe, {"scope": "direct", "factors": {"coal": 1000}, "factors_source": "x"}, "write production types"),
        (watttime, {"signal": "co2"}, "signal"),
    ],
)
def test_mistakes_in_the_table_are_told(make: type, keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make(**keys)


@pytest.mark.parametrize(
    ("signal", "scope", "words"),
    [("intensity", None, "scope is missing"), ("carbon_free", "direct", "scope is of an intensity")],
)
def test_a_scope_goes_with_an_intensity_alone(signal: str, scope: str | None, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        maps(signal=signal, scope=scope)


def test_a_mix_has_a_path_of_its_own() -> None:
    path, query, _ = maps(signal="carbon_free", scope=None).question(START, END)
    assert path == "/v3/power-breakdown/past-range"
    assert query == {"zone": "DE", "start": "2026-03-01T10:00:00Z", "end": "2026-03-01T12:00:00Z"}
    assert maps(signal="carbon_free", scope=None).intensity is None
