"""A company that buys compute: a cloud account as a site, and bills in FOCUS and CUR as files."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from tests.ui.company import HEAD, Company, instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MARCH, END = instant("2026-03-01T00:00:00+00:00"), instant("2026-03-05T00:00:00+00:00")
HOURS = 96
CLOUD = """
[[sites]]
id = "aws"
name = "Cloud account"
zone = "US-SRVC"
time_zone = "UTC"
pue_category = 3
factor_year = "latest_published"
[[points]]
id = "aws/cpu"
role = "server"
max_w = 5000.0
interval_s = { energy = 3600 }
[[points]]
id = "aws/gpu"
role = "server"
max_w = 20000.0
interval_s = { energy = 3600 }
[[points]]
id = "aws/disk"
role = "storage"
max_w = 500.0
interval_s = { energy = 3600 }
[[points]]
id = "aws/building"
role = "overhead"
provider_pue = 1.2
provider_pue_source = "provider's report"
[[usage]]
id = "main"
provider = "aws"
cpu_utilisation = 0.5
gpu_utilisation = 1.0
utilisation_source = "CloudWatch, mean of 2026"
points = [
  { point = "aws/cpu", regions = ["us-east-1"], kinds = ["cpu", "network"] },
  { point = "aws/gpu", regions = ["us-east-1"], kinds = ["gpu"] },
  { point = "aws/disk", regions = ["us-east-1"], kinds = ["storage"] },
]
"""
FOCUS_HEADER = (
    *("BillingAccountId", "SubAccountId", "ProviderName", "RegionId", "ServiceName", "ServiceCategory"),
    *("ChargeCategory", "ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity", "ConsumedUnit"),
    *("SkuPriceDetails", "x_UsageType", "CommitmentDiscountStatus", "Tags"),
)
CPU_W = 4 * (0.613 + 0.5 * (4.1042 - 0.613))  # m5.xlarge: 4 vCPUs of Skylake at half load
GPU_W = 8 * 407.0 + 96 * (0.6903 + 0.5 * (4.0632 - 0.6903))  # p4d.24xlarge: 8 A100 at full, 96 vCPUs at half


def focus(
    amount: float,
    *,
    unit: str = "Hours",
    type_: str = "",
    usage: str = "",
    start: str = "2026-03-01T00:00:00Z",
    end: str = "2026-03-05T00:00:00Z",
    **more: str,
) -> dict[str, str]:
    """One row of FOCUS."""
    row = dict.fromkeys(FOCUS_HEADER, "") | {
        "BillingAccountId": "100",
        "SubAccountId": "111",
        "ProviderName": "Amazon Web Services",
        "RegionId": "us-east-1",
        "ServiceName": "Amazon Elastic Compute Cloud",
        "ServiceCategory": "Compute",
        "ChargeCategory": "Usage",
        "ChargePeriodStart": start,
        "ChargePeriodEnd": end,
        "ConsumedQuantity": str(amount),
        "ConsumedUnit": unit,
        "SkuPriceDetails": json.dumps({"InstanceType": type_}) if type_ else "",
        "x_UsageType": usage,
    }
    return row | more


MONTH = (
    focus(HOURS, type_="m5.xlarge", usage="BoxUsage:m5.xlarge"),
    focus(10.0, type_="p4d.24xlarge", start="2026-03-03T00:00:00Z", end="2026-03-03T10:00:00Z"),
    focus(1000.0, unit="GB-Mo", usage="EBS:VolumeUsage.gp3", ServiceCategory="Storage"),
    focus(500.0, unit="GB", usage="DataTransfer-Regional-Bytes", ServiceCategory="Networking"),
    focus(99.0, type_="m5.xlarge", ChargeCategory="Purchase"),
    focus(99.0, type_="m5.xlarge", CommitmentDiscountStatus="Unused"),
    focus(HOURS, usage="NatGateway-Hours", ServiceCategory="Networking"),
    focus(12.0, unit="Requests", usage="Requests-Tier1", ServiceCategory="Storage"),
)


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def company(folder: Path, *, text: str = CLOUD, own: str = "") -> Company:
    """A company with a cloud account; `own` is the [factors] table of its own rows."""
    return Company(folder, points=text, head=own + HEAD, now=END + 5 * 86_400.0)
