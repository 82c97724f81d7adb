"""EC2 and CloudWatch by boto3: the instances that carry some tags, and their CPU utilisation over the last whole step.

GetMetricData takes 500 queries a call. What AWS refuses is told by its code alone: its messages may name keys.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from config.errors import SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collectors.plugins.cloudwatch.collector import CloudWatch
    from config.secrets import Secret

QUERIES: Final = 500
VOLUMES: Final = 200  # instances whose volumes one request asks for: EC2 takes 200 values of a filter
BYTES_PER_GB: Final = 1e9
STEPS_BACK: Final = 3  # a datapoint arrives minutes after its step: the newest of the last few stands
BUSY: Final = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "InternalError", "Unavailable"})


@dataclass(frozen=True, slots=True)
class Instances:
    """The clients of one source, and which instances it asks for."""

    ec2: Any
    cloudwatch: Any
    tags: Mapping[str, str]
    where: str

    def poll(self, source: CloudWatch) -> str:
        """Return the payload of one poll as JSON.

        Raises:
            SourceUnreachable, SourceRefused: as the collector says.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        step_s = int(source.interval_s) // 60 * 60
        try:
            found = list(self._described())
            running = [one for one in found if one["State"]["Name"] == "running"]
            ids = [one["InstanceId"] for one in running]
            loads = self._newest(ids, step_s, "CPUUtilization", "Average")
            sent = self._newest(ids, step_s, "NetworkOut", "Sum") if source.network else {}
            volumes = list(self._volumes([one["InstanceId"] for one in found])) if source.storage else []
        except ClientError as error:
            raise self._refused(str(error.response.get("Error", {}).get("Code", "unknown"))) from None
        except BotoCoreError as error:
            raise self._unanswered(type(error).__name__) from None
        if not found and not source.may_be_none:
            said = ", ".join(f"{key} = {value}" for key, value in self.tags.items()) or "no tags asked for"
            msg = f"{self.where} has no instance with {said}: correct tags, or say may_be_none = true."
            raise SourceRefused(msg)
        rows = [
            {
                "id": (id_ := one["InstanceId"]),
                "type": one["InstanceType"],
                "utilisation": min(max(loads[id_] / 100, 0.0), 1.0) if id_ in loads else None,
                "sent_gb": sent[id_] / BYTES_PER_GB if id_ in sent else None,
            }
            for one in running
        ]
        return json.dumps({"tagged": len(found), "running": rows, "volumes": volumes, "step_s": step_s})

    def _described(self) -> Iterator[dict[str, Any]]:
        filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in self.tags.items()]
        for page in self.ec2.get_paginator("describe_instances").paginate(Filters=filters):
            for reservation in page["Reservations"]:
                yield from reservation["Instances"]

    def _volumes(self, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Volumes of the instances, whether these run or not: what is kept takes power all the same."""
        for first in range(0, len(ids), VOLUMES):
            filters = [{"Name": "attachment.instance-id", "Values": list(ids[first : first + VOLUMES])}]
            for page in self.ec2.get_paginator("describe_volumes").paginate(Filters=filters):
                for one in page["Volumes"]:
                    yield {"id": one["VolumeId"], "type": one["VolumeType"], "gb": one["Size"]}

    def _newest(self, ids: Sequence[str], step_s: int, metric: str, stat: str) -> dict[str, float]:
        """A metric of each instance over the newest whole step that has a datapoint."""
        found: dict[str, float] = {}
        end = math.floor(time.time() / step_s) * step_s
        for first in range(0, len(ids), QUERIES):
            some = ids[first : first + QUERIES]
            queries = [_query(number, id_, step_s, metric, stat) for number, id_ in enumerate(some)]
            for result in self._results(queries, end - STEPS_BACK * step_s, end):
                if result["Values"]:
                    found.setdefault(some[int(result["Id"][1:])], result["Values"][0])
        return found

    def _results(self, queries: Sequence[dict[str, Any]], start: int, end: int) -> Iterator[dict[str, Any]]:
        """Answers of all pages, newest values first."""
        pages = self.cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampDescending"
        )
        for page in pages:
            yield from page["MetricDataResults"]

    def _refused(self, code: str) -> SourceRefused | SourceUnreachable:
        if code in BUSY:
            return SourceUnreachable(f"{self.where} is busy ({code}): it is asked again later.")
        return SourceRefused(
            f"{self.where} refuses ({code}): check the keys, and the rights ec2:DescribeInstances, "
            "cloudwatch:GetMetricData and, with storage, ec2:DescribeVolumes."
        )

    def _unanswered(self, name: str) -> SourceRefused | SourceUnreachable:
        if "Credentials" in name:
            return SourceRefused(f"{self.where} needs keys ({name}): write access_key and secret_key, or give a role.")
        return SourceUnreachable(f"{self.where} does not answer ({name}): check network, region and endpoint.")


def _query(number: int, id_: str, step_s: int, name: str, stat: str) -> dict[str, Any]:
    dimensions = [{"Name": "InstanceId", "Value": id_}]
    metric = {"Namespace": "AWS/EC2", "MetricName": name, "Dimensions": dimensions}
    return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": step_s, "Stat": stat}}


def asked(source: CloudWatch) -> Instances:
    """Return the clients that a source asks; keys go to boto3 alone."""
    import boto3
    from botocore.config import Config

    patience = Config(
        connect_timeout=source.deadline_s / 4, read_timeout=source.deadline_s / 2, retries={"total_max_attempts": 1}
    )
    session = boto3.session.Session(
        aws_access_key_id=_value(source.access_key),
        aws_secret_access_key=_value(source.secret_key),
        aws_session_token=_value(source.session_token),
        region_name=source.region,
    )
    ec2, cloudwatch = (
        session.client(name, endpoint_url=source.endpoint, config=patience) for name in ("ec2", "cloudwatch")
    )
    return Instances(ec2, cloudwatch, source.tags, f"AWS {source.region}")


def _value(secret: Secret | None) -> str | None:
    return None if secret is None else secret.resolve().get_secret_value()
