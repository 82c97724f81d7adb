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
STEPS_BACK: Final = 3  # a datapoint arrives minutes after its step: the newest of the last few stands
BUSY: Final = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "InternalError", "Unavailable"})


@dataclass(frozen=True, slots=True)
class Instances:
    """The clients of one source, and which instances it asks for."""

    ec2: Any
    cloudwatch: Any
    tags: Mapping[str, str]
    where: str

    def poll(self, *, step_s: int, may_be_none: bool) -> str:
        """Return the payload of one poll as JSON.

        Raises:
            SourceUnreachable, SourceRefused: as the collector says.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = list(self._described())
            running = [one for one in found if one["State"]["Name"] == "running"]
            loads = self._loads([one["InstanceId"] for one in running], step_s)
        except ClientError as error:
            raise self._refused(str(error.response.get("Error", {}).get("Code", "unknown"))) from None
        except BotoCoreError as error:
            raise self._unanswered(type(error).__name__) from None
        if not found and not may_be_none:
            said = ", ".join(f"{key} = {value}" for key, value in self.tags.items()) or "no tags asked for"
            msg = f"{self.where} has no instance with {said}: correct tags, or say may_be_none = true."
            raise SourceRefused(msg)
        rows = [
            {"id": one["InstanceId"], "type": one["InstanceType"], "utilisation": loads.get(one["InstanceId"])}
            for one in running
        ]
        return json.dumps({"tagged": len(found), "running": rows})

    def _described(self) -> Iterator[dict[str, Any]]:
        filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in self.tags.items()]
        for page in self.ec2.get_paginator("describe_instances").paginate(Filters=filters):
            for reservation in page["Reservations"]:
                yield from reservation["Instances"]

    def _loads(self, ids: Sequence[str], step_s: int) -> dict[str, float]:
        """Mean utilisation of each instance, 0 to 1, over the newest whole step that has a datapoint."""
        found: dict[str, float] = {}
        end = math.floor(time.time() / step_s) * step_s
        for first in range(0, len(ids), QUERIES):
            some = ids[first : first + QUERIES]
            queries = [_query(number, id_, step_s) for number, id_ in enumerate(some)]
            pages = self.cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries,
                StartTime=end - STEPS_BACK * step_s,
                EndTime=end,
                ScanBy="TimestampDescending",
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    if result["Values"]:
                        found.setdefault(some[int(result["Id"][1:])], min(max(result["Values"][0] / 100, 0.0), 1.0))
        return found

    def _refused(self, code: str) -> SourceRefused | SourceUnreachable:
        if code in BUSY:
            return SourceUnreachable(f"{self.where} is busy ({code}): it is asked again later.")
        return SourceRefused(
            f"{self.where} refuses ({code}): check the keys, and the rights ec2:DescribeInstances and "
            "cloudwatch:GetMetricData."
        )

    def _unanswered(self, name: str) -> SourceRefused | SourceUnreachable:
        if "Credentials" in name:
            return SourceRefused(f"{self.where} needs keys ({name}): write access_key and secret_key, or give a role.")
        return SourceUnreachable(f"{self.where} does not answer ({name}): check network, region and endpoint.")


def _query(number: int, id_: str, step_s: int) -> dict[str, Any]:
    dimensions = [{"Name": "InstanceId", "Value": id_}]
    metric = {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": dimensions}
    return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": step_s, "Stat": "Average"}}


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
