"""CloudWatch: instances by tag and their load to power, against moto in this process and as a server."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from collectors.plugins.cloudwatch import CloudWatch
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "planted-9f3a-do-not-tell"
IMAGE = "ami-03cf127a"  # one that moto knows; to list them all takes seconds
HALF = 0.613 + 0.5 * (4.1042 - 0.613)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setenv("TEST_KEY", "AKIAPLANTED")
    monkeypatch.setenv("TEST_SECRET", SECRET)
    return {"access_key": {"env": "TEST_KEY"}, "secret_key": {"env": "TEST_SECRET"}}


def source(**more: object) -> CloudWatch:
    return CloudWatch.model_validate(
        {"id": "c", "point": "aws/x", "region": "us-east-1", "tags": {"team": "research"}, **more}
    )


def launch(type_: str, team: str, *, load: float | None = None, **where: Any) -> str:  # noqa: ANN401
    ec2 = boto3.client("ec2", region_name="us-east-1", **where)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": team}]}]
    made = ec2.run_instances(ImageId=IMAGE, InstanceType=type_, MinCount=1, MaxCount=1, TagSpecifications=tags)
    id_ = str(made["Instances"][0]["InstanceId"])
    if load is not None:
        cloudwatch = boto3.client("cloudwatch", region_name="us-east-1", **where)
        when = datetime.now(UTC).timestamp() // 300 * 300 - 150
        data: dict[str, Any] = {
            "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": "InstanceId", "Value": id_}],
            "Unit": "Percent",
        }
        data |= {"Timestamp": datetime.fromtimestamp(when, UTC), "Value": load}
        cloudwatch.put_metric_data(Namespace="AWS/EC2", MetricData=[data])
    return id_


def watts(one: CloudWatch) -> tuple[float, str, bool]:
    (reading,) = one.parse(one.fetch(), AT)
    assert (reading.point, reading.metric, reading.time) == ("aws/x", "power", AT)
    return reading.value, str(reading.quality), reading.off


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    """One account of moto's for all tests, which tell their instances by tag: to open one takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "x")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "y")
        with mock_aws():
            yield


@pytest.fixture
def cloud(account: None, keys: dict[str, object], request: pytest.FixtureRequest) -> CloudWatch:
    return source(tags={"team": request.node.name}, **keys)


def test_running_instances_of_the_tag_are_one_estimated_power(cloud: CloudWatch) -> None:
    launch("m5.xlarge", cloud.tags["team"], load=50.0)
    launch("m5.xlarge", "somebody else", load=0.0)
    assert watts(cloud) == (pytest.approx(4 * HALF), "estimated", False)
    launch("m5.xlarge", cloud.tags["team"])  # no datapoint yet
    assert watts(cloud)[0] == pytest.approx(4 * HALF + 4 * 4.1042)


def test_stopped_is_zero_and_none_at_all_is_an_error(cloud: CloudWatch) -> None:
    with pytest.raises(SourceRefused, match=r"has no instance with team = test_stopped.*: correct tags"):
        cloud.fetch()
    id_ = launch("m5.xlarge", cloud.tags["team"], load=50.0)
    boto3.client("ec2", region_name="us-east-1").stop_instances(InstanceIds=[id_])
    assert watts(cloud) == (0.0, "estimated", True)
    other = source(tags={"team": "none"}, may_be_none=True, access_key=cloud.access_key, secret_key=cloud.secret_key)
    assert watts(other) == (0.0, "estimated", True)


def test_volumes_and_what_is_sent_are_added_where_they_are_asked_for(cloud: CloudWatch) -> None:
    id_ = launch("m5.xlarge", cloud.tags["team"], load=50.0)
    ec2 = boto3.client("ec2", region_name="us-east-1")
    zone = ec2.describe_instances(InstanceIds=[id_])["Reservations"][0]["Instances"][0]["Placement"]["AvailabilityZone"]
    for type_, size in (("gp3", 2000), ("st1", 4000)):
        made = ec2.create_volume(AvailabilityZone=zone, Size=size, VolumeType=type_)
        ec2.attach_volume(InstanceId=id_, VolumeId=made["VolumeId"], Device=f"/dev/sd{type_[0]}")
    when = datetime.fromtimestamp(datetime.now(UTC).timestamp() // 300 * 300 - 150, UTC)
    data: dict[str, Any] = {"MetricName": "NetworkOut", "Dimensions": [{"Name": "InstanceId", "Value": id_}]}
    boto3.client("cloudwatch", region_name="us-east-1").put_metric_data(
        Namespace="AWS/EC2", MetricData=[{**data, "Timestamp": when, "Value": 50e9, "Unit": "Bytes"}]
    )
    bare = watts(cloud)[0]
    whole = cloud.model_copy(update={"storage": True, "network": True})
    root = json.loads(whole.fetch())["volumes"]
    own_gb = sum(one["gb"] for one in root) - 6000
    disks = 2 * (2.0 * 1.2 + 4.0 * 0.65)
    roots = 2 * own_gb / 1000 * {"gp2": 1.2, "gp3": 1.2, "standard": 0.65}[root[0]["type"]] if own_gb else 0.0
    assert watts(whole)[0] == pytest.approx(bare + disks + roots + 50 * 0.001 * 12 * 1000)
    ec2.stop_instances(InstanceIds=[id_])
    assert watts(whole) == (pytest.approx(disks + roots), "estimated", False), "what is kept takes power all the same"


def test_a_volume_of_a_kind_that_is_in_no_table(tmp_path: Path) -> None:
    payload = b'{"tagged": 1, "running": [], "volumes": [{"id": "v", "type": "gp9", "gb": 10}]}'
    with pytest.raises(PayloadUnreadable, match=r'storage "EBS:VolumeUsage.gp9" is in no table: add its row'):
        list(source(storage=True).parse(payload, AT))
    (tmp_path / "i.csv").write_text("provider,pattern,coefficient,copies,source\naws,*gp9,ssd,3,page\n")
    known = source(storage=True, items={"file": str(tmp_path / "i.csv")})
    assert [one.value for one in known.parse(payload, AT)] == [pytest.approx(3 * 0.01 * 1.2)]


def test_gpus_count_at_their_device_power_or_at_the_stated_load() -> None:
    one = {"id": "i", "type": "p4d.24xlarge", "utilisation": 0.0}
    payload = json.dumps({"tagged": 1, "running": [one]}).encode()
    idle = 96 * 0.6903
    assert [r.value for r in source().parse(payload, AT)] == [pytest.approx(idle + 8 * 407)]
    assert [r.value for r in source(gpu_utilisation=0.5).parse(payload, AT)] == [
        pytest.approx(idle + 8 * (46 + 407) / 2)
    ]


def test_an_unknown_type_has_no_reading_until_it_has_a_row(tmp_path: Path) -> None:
    payload = json.dumps({"tagged": 1, "running": [{"id": "i", "type": "m99.x", "utilisation": 0.5}]}).encode()
    with pytest.raises(PayloadUnreadable, match=r'Instance type "m99.x" is in no table: add its row'):
        list(source().parse(payload, AT))
    own = tmp_path / "own.csv"
    own.write_text("provider,type,vcpus,cpu,source\naws,m99.x,2,Skylake,page\naws,m98.x,2,New,page\n")
    known = source(instances={"file": str(own)})
    assert [r.value for r in known.parse(payload, AT)] == [pytest.approx(2 * HALF)]
    with pytest.raises(PayloadUnreadable, match=r'cpu "New" of m98.x has no power'):
        list(known.parse(payload.replace(b"m99.x", b"m98.x"), AT))
    own.write_text("provider\n")
    with pytest.raises(ValueError, match="column type is missing"):
        source(instances={"file": str(own)})


def test_keys_never_stand_in_the_file_nor_anywhere_else(cloud: CloudWatch, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="must not stand in the file"):
        source(access_key="AKIA", secret_key=SECRET)
    with pytest.raises(ValueError, match="stand together"):
        source(access_key={"env": "TEST_KEY"})
    launch("m5.xlarge", cloud.tags["team"], load=50.0)
    with caplog.at_level(logging.INFO):
        payload = cloud.fetch()
    assert SECRET not in payload.decode() + repr(cloud) + str(cloud) + caplog.text
    assert "AKIAPLANTED" not in payload.decode() + repr(cloud) + caplog.text


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [
        ("UnauthorizedOperation", SourceRefused, r"refuses \(UnauthorizedOperation\): check the keys"),
        ("Throttling", SourceUnreachable, r"is busy \(Throttling\)"),
    ],
)
def test_what_aws_refuses_is_told_by_its_code(
    cloud: CloudWatch, monkeypatch: pytest.MonkeyPatch, code: str, error: type[Exception], told: str
) -> None:
    from botocore.exceptions import ClientError

    def refuse(*_: object) -> Iterator[dict[str, Any]]:
        raise ClientError({"Error": {"Code": code, "Message": SECRET}}, "DescribeInstances")

    monkeypatch.setattr("collectors.plugins.cloudwatch.service.Instances._described", refuse)
    with pytest.raises(error, match=told) as caught:
        cloud.fetch()
    assert SECRET not in str(caught.value)


@pytest.mark.peer
def test_against_a_server_by_others(keys: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        where = {"endpoint_url": f"http://{host}:{port}", "aws_access_key_id": "x", "aws_secret_access_key": "y"}
        launch("m5.xlarge", "research", load=50.0, **where)
        assert watts(source(endpoint=where["endpoint_url"], **keys))[0] == pytest.approx(4 * HALF)
    finally:
        server.stop()
    with pytest.raises(SourceUnreachable, match="does not answer"):
        source(endpoint=where["endpoint_url"], deadline_s=2, **keys).fetch()
    monkeypatch.setenv("TEST_SECRET", "")
