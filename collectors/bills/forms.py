"""Forms of bills: which column says what, in FOCUS 1.0 to 1.2, AWS CUR (legacy and 2.0) and our own plain forms.

FOCUS (FinOps Open Cost and Usage Specification) and CUR say all times in UTC. Rows that are no usage (taxes, purchases,
credits, commitments and reservations that nobody used) are left out: what ran stands in the usage rows, once. AWS names
the instance type on more than a machine (licences, surcharges, reservations): its usage type says what it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from collectors.bills.line import INSTANCE, SERVICE, measure
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from collectors.bills.line import Measure

Cells = dict[str, str]
_BOX: Final = re.compile(  # usage types of AWS that are hours of a machine
    r"(?:BoxUsage|SpotUsage|DedicatedUsage|InstanceUsage\w*|InstanceUsg|NodeUsage|Node|ESInstance"
    r"|Multi-AZ(?:Cluster)?Usage\w*):([\w.-]+)$"
)
_STANDBYS: Final = {"multi-azusage": 2.0, "multi-azclusterusage": 3.0}  # machines that run for an hour of RDS
_SURCHARGES: Final = frozenset(
    {"elasticmapreduce", "amazon elastic mapreduce", "amazon emr"}
)  # on hours that EC2 bills
_IDLE: Final = frozenset({"unused", "reserved"})
_DETAILS: Final = (  # keys of an instance type: FOCUS, CUR, Azure, Google
    *("InstanceType", "x_InstanceType", "instanceType", "ServiceType", "x_ServiceType"),
    *("machine_spec", "MachineType"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its name, by which columns it is known, and for each thing the columns that may say it, best first."""

    name: str
    known_by: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    utc: bool = True
    provider: str = ""

    def found(self, header: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return for each thing the columns that this file has, as the file spells them."""
        names = {name.casefold(): name for name in header}
        found = {
            thing: tuple(names[c.casefold()] for c in said if c.casefold() in names)
            for thing, said in self.columns.items()
        }
        return {thing: columns for thing, columns in found.items() if columns}


FOCUS: Final = Form(
    "FOCUS",
    ("ChargePeriodStart", "ConsumedQuantity"),
    {
        "start": ("ChargePeriodStart",),
        "end": ("ChargePeriodEnd",),
        "provider": ("ServiceProviderName", "ProviderName", "HostProviderName", "PublisherName"),
        "account": ("BillingAccountId",),
        "sub_account": ("SubAccountId",),
        "region": ("RegionId", "RegionName", "Region"),
        "service": ("ServiceName",),
        "category": ("ServiceCategory",),
        "type": ("ChargeCategory",),
        "commitment": ("CommitmentDiscountStatus",),
        "capacity": ("CapacityReservationStatus",),
        "details": ("SkuPriceDetails", "x_SkuDetails"),
        "instance": ("x_InstanceType",),
        "usage": ("x_UsageType", "SkuMeter", "x_SkuMeterName", "ChargeDescription", "SkuId"),
        "amount": ("ConsumedQuantity",),
        "unit": ("ConsumedUnit",),
        "tags": ("Tags",),
    },
    ("start", "end", "provider", "amount", "unit"),
)
CUR: Final = Form(
    "CUR",
    ("lineItem/UsageStartDate", "lineItem/UsageAmount"),
    {
        "start": ("lineItem/UsageStartDate",),
        "end": ("lineItem/UsageEndDate",),
        "account": ("bill/PayerAccountId",),
        "sub_account": ("lineItem/UsageAccountId",),
        "region": ("product/regionCode", "product/region"),
        "service": ("lineItem/ProductCode",),
        "type": ("lineItem/LineItemType",),
        "instance": ("product/instanceType",),
        "usage": ("lineItem/UsageType",),
        "amount": ("lineItem/UsageAmount",),
        "unit": ("pricing/unit",),
    },
    ("start", "end", "amount", "unit", "usage"),
    provider="aws",
)
CUR_2: Final = Form(
    "CUR 2.0",
    ("line_item_usage_start_date", "line_item_usage_amount"),
    {
        "start": ("line_item_usage_start_date",),
        "end": ("line_item_usage_end_date",),
        "account": ("bill_payer_account_id",),
        "sub_account": ("line_item_usage_account_id",),
        "region": ("product_region_code", "product_region"),
        "service": ("line_item_product_code",),
        "type": ("line_item_line_item_type",),
        "capacity": ("capacity_reservation_capacity_reservation_status",),
        "instance": ("product_instance_type",),
        "details": ("product",),
        "usage": ("line_item_usage_type",),
        "amount": ("line_item_usage_amount",),
        "unit": ("pricing_unit",),
        "tags": ("resource_tags",),
    },
    ("start", "end", "amount", "unit", "usage"),
    provider="aws",
)
PLAIN: Final = Form(
    "plain",
    ("start", "end", "provider", "amount", "unit"),
    {
        **{name: (name,) for name in ("start", "end", "provider", "account", "region", "service", "amount", "unit")},
        "usage": ("item",),
        "instance": ("instance",),
        "tags": ("tags",),
    },
    ("start", "end", "provider", "amount", "unit"),
    utc=False,
)
DIRECTIONS: Final = {"input_tokens": "input", "output_tokens": "output", "cached_tokens": "cached"}
TOKEN_USE: Final = Form(  # one row a model, region and period; each direction becomes a line of its own
    "token usage",
    ("start", "end", "provider", "model"),
    {name: (name,) for name in ("start", "end", "provider", "account", "region", "model", "tags", *DIRECTIONS)},
    ("start", "end", "provider", "model"),
    utc=False,
)
FORMS: Final = (FOCUS, CUR, CUR_2, TOKEN_USE, PLAIN)
PROVIDERS: Final = {  # how bills write a provider, and what it is called here
    "amazon web services": "aws",
    "amazon": "aws",
    "microsoft": "azure",
    "microsoft azure": "azure",
    "google cloud": "gcp",
    "google": "gcp",
    "google cloud platform": "gcp",
}
USAGE_TYPES: Final = frozenset({"", "usage", "discountedusage", "savingsplancoveredusage"})


def form_of(header: Iterable[str], *, where: str) -> Form:
    """Return the form whose columns a file has.

    Raises:
        InputError: none; or one whose needed columns are not all there.
    """
    names = list(header)
    lower = {name.casefold() for name in names}
    for form in FORMS:
        if all(name.casefold() in lower for name in form.known_by):
            found = form.found(names)
            absent = [form.columns[thing][0] for thing in form.required if thing not in found]
            if absent:
                msg = f"{where}: this is {form.name} without the column {absent[0]}: export it with that column."
                raise InputError(msg)
            return form
    plain, tokens, directions = (",".join(said) for said in (PLAIN.known_by, TOKEN_USE.known_by, DIRECTIONS))
    msg = (
        f"{where}: this is no bill in FOCUS or CUR: export one of those, or write {plain} and item or instance, "
        f"or {tokens} and {directions}."
    )
    raise InputError(msg)


def not_usage(cells: Cells) -> str:
    """Say why a row does not tell what ran, or nothing: what was paid for and nobody used ran nothing."""
    if cells.get("commitment", "").casefold() == "unused":
        return cells["commitment"]
    if cells.get("capacity", "").casefold() in _IDLE:
        return f"{cells['capacity']} capacity"
    return cells["type"] if cells.get("type", "").casefold() not in USAGE_TYPES else ""


def provider_of(cells: Cells, form: Form) -> str:
    """Return the provider of a row by its short name (`aws`); one that is not known in small letters as it stands."""
    said = form.provider or cells.get("provider", "").strip().casefold()
    return PROVIDERS.get(said, said)


def item_of(cells: Cells, form: Form) -> tuple[str, Measure, str]:
    """Return what a row counts: the item's name, what its unit means, and the kind.

    Hours count as those of an instance where the row names a type, or where the bill files it under compute.
    """
    unit = measure(cells.get("unit", ""))
    usage = cells.get("usage", "")
    if unit.kind != SERVICE:
        return usage, unit, unit.kind
    type_ = cells.get("instance") or _detail(cells.get("details", "")) or _boxed(usage)
    if type_ and _is_machine(cells, form):
        return type_, replace(unit, factor=unit.factor * _machines(usage)), INSTANCE
    return usage, unit, INSTANCE if not type_ and cells.get("category", "").casefold() == "compute" else SERVICE


def _is_machine(cells: Cells, form: Form) -> bool:
    """Say whether hours with an instance type are those of a machine: AWS says so by its usage type (one word)."""
    usage = cells.get("usage", "")
    if form is PLAIN or provider_of(cells, form) != "aws" or not usage or " " in usage:
        return True
    return bool(_boxed(usage)) and cells.get("service", "").casefold() not in _SURCHARGES


def _machines(usage: str) -> float:
    """Return how many machines run for an hour: RDS in several zones has its standbys in one row.

    >>> _machines("EU-Multi-AZUsage:db.m5.xlarge"), _machines("InstanceUsage:db.m5.xlarge")
    (2.0, 1.0)
    """
    name = usage.casefold().partition(":")[0]
    return next((count for standby, count in _STANDBYS.items() if standby in name), 1.0)


def _boxed(usage: str) -> str:
    found = _BOX.search(usage)
    return found[1] if found else ""


def _detail(text: str) -> str:
    table = pairs(text)
    return next((table[key] for key in _DETAILS if table.get(key)), "")


def pairs(text: str) -> dict[str, str]:
    """Return a JSON object of texts, as bills write tags and details; anything else is empty."""
    if not text.startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {str(key).removeprefix("user:"): str(value) for key, value in found.items()}
