"""`/api/v1/ingest`: accepted as a whole or refused with one sentence; each batch once; each site by its own token."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from influxdb_client.client.write.point import Point

from collectors.importing.mapping import mapping_of, save_mapping
from tests.ui.api.halls import Halls, halls
from tests.ui.api.sent import INGEST, line, reading
from tests.ui.company import START

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.api.asgi import Client

SPOOL = "0b5c9a1e-1111-4222-8333-444455556666"
TELEGRAF = {
    "format": "lines",
    "point_tags": "{name}",
    "fields": {"ipmi_sensor.value": {"metric": "power", "unit": "kW"}},
}


@pytest.fixture
def hall(tmp_path: Path) -> Halls:
    return halls(tmp_path)


@pytest.fixture
def client(hall: Halls) -> Client:
    return hall.client("ingest")


def test_lines_are_on_disk_before_they_are_thanked_for(hall: Halls, client: Client) -> None:
    body = "\n".join([line(0), line(60, 90.5), "power,point=s/utility energy_counter_MWh=1.5 " + str(START)])
    answer = client.post(f"{INGEST}?precision=s", body)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["wattlas-readings"] == "3"
    assert hall.accepted() == [
        ("s/ups", "power", 0, 100.0, "measured"),
        ("s/ups", "power", 60, 90.5, "measured"),
        ("s/utility", "energy_counter", 0, 1500.0, "measured"),
    ]
    origins = set(hall.kept.service().stores.spool.after(0)["origin"].to_pylist())
    assert len(origins) == 1
    assert origins.pop().startswith("ingest:t")


@pytest.mark.parametrize("name", ["ups", "a b", "a,b", "a=b", "a\\b", "zähler"])
def test_lines_of_influxdb_s_own_client_are_taken(name: str, tmp_path: Path) -> None:
    hall = halls(tmp_path)
    made: Any = Point
    lines = [
        made("power").tag("point", "ups").tag("name", name).field("power_W", 90.5 + at).time(START + at, "s")
        for at in (0, 60)
    ]
    body = "\n".join(point.to_line_protocol() for point in lines)
    assert hall.client("ingest").post(f"{INGEST}?precision=s", body).status == 204
    assert [row[2:4] for row in hall.accepted()] == [(0, 90.5), (60, 150.5)]


def test_json_takes_times_with_offset_states_and_where_it_came_from(hall: Halls, client: Client) -> None:
    body = [
        reading(time="2026-03-14T01:00:00.7+01:00"),
        reading(60, value=0.0, off=True),
        reading(120, value=0),
        reading(180, quality="rejected", reason="own reason", source="bmc-1", device_time=START + 1),
    ]
    answer = client.post(INGEST, {"readings": body})
    assert answer.status == 204
    assert answer.headers["wattlas-quarantined"] == "2"
    assert [row[2:] for row in hall.accepted()] == [
        (0, 100.0, "measured"),
        (60, 0.0, "measured"),
        (120, 0.0, "rejected"),
        (180, 100.0, "rejected"),
    ]
    last = hall.kept.service().stores.spool.after(0).to_pylist()[-1]
    assert last["reason"] == "own reason"
    assert last["origin"].endswith("/bmc-1")
    assert last["device_time"] == START + 1


def test_telegraf_posts_by_a_saved_mapping_packed_as_gzip(hall: Halls, client: Client) -> None:
    save_mapping("telegraf", mapping_of(TELEGRAF, where="test"), hall.kept.service().stores.state)
    lines = (
        f"ipmi_sensor,host=edge,name=ups,unit=watts status=1i,value=0.25 {START}000000000\n"
        f"cpu,host=edge usage_idle=93.2 {START}000000000\n"
    )
    headers = {"content-encoding": "gzip", "content-type": "text/plain; charset=utf-8"}
    answer = client.post(f"{INGEST}?mapping=telegraf", gzip.compress(lines.encode(), mtime=0), headers=headers)
    assert answer.status == 204
    assert hall.accepted() == [("s/ups", "power", 0, 250.0, "measured")]
    assert "was never saved" in client.post(f"{INGEST}?mapping=other", lines).error


def test_the_ratio_of_a_transformer_and_the_bounds_hold_as_for_what_is_polled(hall: Halls) -> None:
    answer = hall.client("ingest", site="b").post(INGEST, [reading(), reading(60, value=2000.0)])
    assert answer.headers["wattlas-quarantined"] == "1"
    assert [row[3:] for row in hall.accepted()] == [(400.0, "measured"), (8000.0, "rejected")]


@pytest.mark.parametrize(
    ("body", "where", "sentence"),
    [
        ([reading(), reading(point="upps")], 2, 'did you mean "s/ups"?'),
        ([reading(metric="powr")], 1, 'did you mean "power"?'),
        ([reading(unit="kWh")], 1, "they measure different things"),
        ([reading(unit="wat")], 1, "no known unit"),
        ([reading(time="2026-03-14T00:00:00")], 1, "has no offset from UTC"),
        ([reading(time=START * 1000)], 1, "not milliseconds"),
        ([reading(time=None)], 1, "is no time"),
        ([reading(value="1")], 1, "must be a number"),
        ([reading(value=None)], 1, "must be a number"),
        ([reading(metric="temperature", unit="degC")], 1, "no declared sampling interval for temperature"),
        ([{key: value for key, value in reading().items() if key != "unit"}], 1, 'write unit = "W"'),
        ([3], 1, "must be a table"),
        ({"rows": []}, None, "holds no readings"),
        ("{", None, "this is no JSON"),
        ("[" * 99_999, None, "this is no JSON"),
        ('[{"value": NaN}]', None, "this is no JSON"),
        (json.dumps([reading()]).replace('"value"', '"value": 1, "value"'), None, 'has the key "value" twice'),
        ('{"readings": [], "readings": []}', None, 'has the key "readings" twice'),
    ],
)
def test_a_mistake_in_json_is_one_sentence_with_place_and_remedy(
    hall: Halls,
    client: Client,
    body: Any,  # noqa: ANN401 - any JSON
    where: int | None,
    sentence: str,
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = client.post(INGEST, text, headers={"content-type": "application/json"})
    assert answer.status == 400
    assert sentence in answer.error
    assert answer.json.get("line") == where
    assert hall.accepted() == []


@pytest.mark.parametrize(
    ("body", "where", "sentence"),
    [
        (f"{line()}\n{line(point='upps')}", 2, 'did you mean "s/ups"?'),
        (f"{line()}\n\n# note\npower,point=ups power_W=1", 4, "the line has no time"),
        (f"a,point=ups power=1 {START}", 1, "says no unit"),
        (f"a,point=ups powr_W=1 {START}", 1, 'did you mean "power"?'),
        (f"a,point=ups power_kWh=1 {START}", 1, "they measure different things"),
        (f'a,point=ups power_W="x" {START}', 1, "which is no number"),
        (f"a power_W=1 {START}", 1, "tag point"),
        ("a,point=ups power_W=1 " + "9" * 5000, 1, "is not a count of s"),
        ("a,point=ups power_W=1 99999999999999", 1, "lies beyond the year 9999"),
        (f"a,point=ups power_W=1,power_W=2 {START}", 1, "power of one point and time stands twice"),
        (f"a,point=ups power_W=1,power_kW=2 {START}", 1, "power of one point and time stands twice"),
        (f"a,point=ups,point=utility power_W=1 {START}", 1, "tag point stands twice"),
        ("hello", 1, "the line is not `measurement"),
        ("\udcff", 1, "the line is not utf-8"),
        ("  \n ", None, "The request is empty"),
    ],
)
def test_a_mistake_in_a_line_is_one_sentence_with_its_number_and_remedy(
    hall: Halls, client: Client, body: str, where: int | None, sentence: str
) -> None:
    answer = client.post(f"{INGEST}?precision=s", body.encode(errors="surrogateescape"))
    assert answer.status == 400
    assert sentence in answer.error
    assert answer.json.get("line") == where
    assert hall.accepted() == []


def test_a_token_of_one_site_never_writes_anothers_points(hall: Halls, client: Client) -> None:
    for point in ("b/ups", "b/absent", "/ups", "s2/ups", "b/../s/ups"):
        for answer in (client.post(INGEST, [reading(point=point)]), client.post(INGEST, line(point=point))):
            assert answer.status == 403
            assert "only one that this token writes to" in answer.error
    save_mapping(
        "sly", mapping_of({**TELEGRAF, "points": {"ups": "b/ups"}}, where="test"), hall.kept.service().stores.state
    )
    sly = client.post(f"{INGEST}?mapping=sly", f"ipmi_sensor,name=ups value=1 {START}000000000")
    assert sly.status == 403
    assert hall.accepted() == []


def test_a_key_makes_a_repeated_batch_a_no_op_for_its_site_alone(hall: Halls, client: Client) -> None:
    headers = {"idempotency-key": "5a0e"}
    first, again = (client.post(INGEST, [reading()], headers=headers) for _ in range(2))
    assert (first.status, again.status) == (204, 204)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    other = client.post(INGEST, [reading(60)], headers=headers)
    assert other.status == 409
    assert hall.client("ingest").post(INGEST, [reading()], headers=headers).headers["idempotency-replayed"] == "true"
    elsewhere = hall.client("ingest", site="b").post(INGEST, [reading(60)], headers=headers)
    assert elsewhere.status == 204
    assert [row[0] for row in hall.accepted()] == ["s/ups", "b/ups"]
    assert client.post(INGEST, [reading()], headers={"idempotency-key": "a b"}).status == 400


def test_of_the_same_batch_twice_at_once_one_is_taken(hall: Halls, client: Client) -> None:
    batches = [
        (json.dumps([reading(at)]).encode(), {"idempotency-key": f"batch-{at}", "content-type": "application/json"})
        for at in range(4)
    ]
    answers = client.together("POST", INGEST, batches * 3)
    assert {one.status for one in answers} == {204}
    assert sum("idempotency-replayed" in one.headers for one in answers) == 8
    assert sorted(row[2] for row in hall.accepted()) == [0, 1, 2, 3]


def test_of_other_bodies_under_one_key_at_once_one_is_taken(hall: Halls, client: Client) -> None:
    headers = {"idempotency-key": "one", "content-type": "application/json"}
    answers = client.together("POST", INGEST, [(json.dumps([reading(at)]).encode(), headers) for at in range(8)])
    assert sorted(one.status for one in answers) == [204] + [409] * 7
    assert len(hall.accepted()) == 1


def test_numbered_batches_of_an_edge_collector_are_taken_in_order_once(hall: Halls, client: Client) -> None:
    assert client.get(f"{INGEST}?spool={SPOOL}").json == {"upto": 0}
    for key, status, taken in (
        ("0-3", 204, True),
        ("0-3", 204, False),
        ("0-2", 204, False),
        ("0-7", 409, False),  # cut anew while the first was under way: rows up to 3 would come twice
        ("5-7", 409, False),
        ("3-7", 204, True),
    ):
        answer = client.post(INGEST, [reading(int(key[2:]))], headers={"idempotency-key": f"spool:{SPOOL}:{key}"})
        assert answer.status == status, key
        assert ("wattlas-readings" in answer.headers and "idempotency-replayed" not in answer.headers) == taken
    assert client.get(f"{INGEST}?spool={SPOOL}").json == {"upto": 7}
    assert hall.client("ingest", site="b").get(f"{INGEST}?spool={SPOOL}").json == {"upto": 0}
    assert client.get(f"{INGEST}?spool=x").status == 400
    assert [row[2] for row in hall.accepted()] == [3, 7]
