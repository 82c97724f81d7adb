"""A point: where something is measured, with every attribute dated (design 4.1).

The table of a point says what holds from its beginning; each of its `changes` says what holds from a date on.
`Point.at(time)` is what held then, so the past keeps the tree of its time. Physical meters sit on a point from-to.
"""

from __future__ import annotations

from functools import cached_property
from operator import itemgetter
from typing import Annotated, Any, Final, Literal, NamedTuple, Self, get_args

from pydantic import Field, field_validator, model_validator

from config.inventory.full_ids import full_ids
from config.meters import Meter  # noqa: TC001 - pydantic reads the types of fields
from config.reading.fields import NAME, Flag, Instant, Name, Number, Positive, Raw, Table, covers

Role = Literal[
    "utility",
    "ups_input",
    "ups",
    "pdu",
    "server",
    "storage",
    "network",
    "it",
    "feed",
    "component",
    "cooling",
    "lighting",
    "pv",
    "genset",
    "battery",
    "heat_export",
    "heat_removed",
    "water",
    "plant",
    "overhead",
    "other",
]
ROLES: tuple[str, ...] = get_args(Role)
EQUIPMENT = frozenset({"server", "storage", "network", "it"})

AtLeastZero = Annotated[Number, Field(ge=0)]
AtLeastOne = Annotated[Number, Field(ge=1, examples=[1.15])]
Accuracy = Annotated[Number, Field(gt=0, le=100)]
Source = Annotated[str, Field(min_length=1, examples=["provider's PUE of 2025 for this region"])]
Intervals = dict[str, Positive]
Ids = tuple[str, ...]
Tags = tuple[Name, ...]
Share = Literal["copy"]


NO_INTERVALS: Final[Intervals] = {}


class PointState(NamedTuple):
    """What held for one point at one instant. Watts and seconds; `parents` and `feeds` are full ids (`site/name`).

    A named tuple, for a large site needs 27,000 of them: to make a frozen dataclass takes ten times as long.
    """

    id: str
    site: str
    name: str
    role: Role
    parents: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    min_w: float | None = None
    max_w: float | None = None
    zero_ok: bool = False
    share: Share | None = None
    tenant: str | None = None
    room: str | None = None
    rack: str | None = None
    interval_s: dict[str, float] = NO_INTERVALS
    ct_ratio: float = 1.0
    accuracy_pct: float | None = None
    register_step_kwh: float | None = None
    provider_pue: float | None = None
    provider_pue_source: str | None = None
    provider_wue: float | None = None
    provider_wue_source: str | None = None
    tags: tuple[str, ...] = ()
    max_silence_s: float | None = None
    polled: bool = False  # by a source of the site file that names it


STATE_KEYS = tuple(key for key in PointState._fields if key not in {"id", "site", "polled"})  # in the tuple's order
_STATE_OF = itemgetter("id", "site", *STATE_KEYS)
TEXTS = frozenset({"tenant", "room", "rack"})  # an empty one is none
REQUIRED_KEYS = frozenset({"name", "role", "parents", "feeds", "zero_ok", "interval_s", "ct_ratio", "tags"})


class Change(Table):
    """What is different about a point from `start` [UTC s] on; a key that is absent stays as it was."""

    start: Instant = Field(alias="from", examples=["2026-06-01T00:00:00Z"])
    name: str | None = None
    role: Role | None = None
    parents: Ids | None = None
    feeds: Ids | None = None
    min_w: AtLeastZero | None = None
    max_w: Positive | None = None
    zero_ok: Flag | None = None
    share: Share | None = None
    tenant: str | None = None
    room: str | None = None
    rack: str | None = None
    interval_s: Intervals | None = None
    ct_ratio: Positive | None = None
    accuracy_pct: Accuracy | None = None
    register_step_kwh: Positive | None = None  # what its register counts in: figures of short times hold it
    provider_pue: AtLeastOne | None = None
    provider_pue_source: Source | None = None
    provider_wue: AtLeastZero | None = None  # L per kWh of IT, where no meter sees the building's water
    provider_wue_source: Source | None = None
    tags: Tags | None = None
    max_silence_s: Positive | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        given = self.values()
        if not given:
            msg = "changes nothing: add the key that is different from then on"
            raise ValueError(msg)
        empty = sorted(key for key in REQUIRED_KEYS & given.keys() if given[key] is None)
        if empty:
            msg = f"{empty[0]} cannot be cleared: give the value from then on"
            raise ValueError(msg)
        return self

    def values(self) -> Raw:
        """Return the attributes that this change sets; None clears one."""
        return {key: getattr(self, key) or None if key in TEXTS else getattr(self, key) for key in self._given()}

    def _given(self) -> list[str]:
        return [key for key in STATE_KEYS if key in self.model_fields_set]


class Point(Table):
    """A point of a site: immutable id `site/name`, and what holds for it from `valid_from` to `valid_to` [UTC s].

    In a file `id = "srv-1"` with `site = "fra1"` is `fra1/srv-1`, and parents and feeds without a slash are of the same
    site; `parent = "x"` is short for `parents = ["x"]`.
    """

    id: str = Field(examples=["srv-1"])
    site: str = Field(examples=["fra1"])
    name: str = ""
    role: Role = Field(examples=["server"])
    parents: Ids = ()
    feeds: Ids = ()
    min_w: AtLeastZero | None = None
    max_w: Positive | None = None
    zero_ok: Flag = False
    share: Share | None = None
    tenant: str | None = None
    room: str | None = None
    rack: str | None = None
    interval_s: Intervals = Field(default_factory=dict)
    ct_ratio: Positive = 1.0
    accuracy_pct: Accuracy | None = None
    register_step_kwh: Positive | None = None  # what its register counts in: figures of short times hold it
    provider_pue: AtLeastOne | None = None
    provider_pue_source: Source | None = None
    provider_wue: AtLeastZero | None = None  # L per kWh of IT, where no meter sees the building's water
    provider_wue_source: Source | None = None
    tags: Tags = ()
    max_silence_s: Positive | None = None  # how old its newest reading may be before it counts as silent
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    changes: tuple[Change, ...] = ()
    meters: tuple[Meter, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _full_ids(cls, table: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        return full_ids(table) if isinstance(table, dict) else table

    @field_validator("id")
    @classmethod
    def _site_and_name(cls, id_: str) -> str:
        if "/" in id_ and not all(NAME.fullmatch(part) for part in id_.split("/", 1)):
            msg = "may hold letters, digits, '.', ':', '_' and '-' only, without spaces: rename it"
            raise ValueError(msg)
        return id_

    @field_validator("changes")
    @classmethod
    def _by_date(cls, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        return tuple(sorted(changes, key=lambda change: change.start))

    @field_validator("meters")
    @classmethod
    def _by_start(cls, meters: tuple[Meter, ...]) -> tuple[Meter, ...]:
        return tuple(sorted(meters, key=lambda meter: meter.start or 0))

    def named(self, id_: str, name: str) -> Point:
        """Return a point of the same site that differs in id and name alone; the two are taken as they are."""
        twin = self.model_copy(update={"id": id_, "name": name, "references": self.references})
        twin.__dict__.pop("_eras", None)
        return twin

    def covers(self, time: int) -> bool:
        """Say whether the point exists at `time` [UTC s]."""
        return covers(self.valid_from, self.valid_to, time)

    def at(self, time: int) -> PointState | None:
        """Return what held at `time` [UTC s], or None where the point did not exist then."""
        if not self.covers(time):
            return None
        eras = self._eras
        if len(eras) == 1:
            return eras[0][1]
        return next((state for start, state in reversed(eras) if start <= time), eras[0][1])

    @cached_property
    def _eras(self) -> tuple[tuple[int, PointState], ...]:
        """What held from when on, made once: a site of 27,000 points is asked for all of them again and again."""
        found = [(0, PointState(*_STATE_OF(self.__dict__)))]
        for change in self.changes:
            found.append((change.start, found[-1][1]._replace(**change.values())))
        return tuple(found)

    @cached_property
    def references(self) -> tuple[tuple[str, str], ...]:
        """Every other point that it names at any time, as (`parents` or `feeds`, full id), each once."""
        states = [state for start, state in self._eras if self.covers(start or self.valid_from or 0)]
        found = [("parents", target) for state in states for target in state.parents]
        found += [("feeds", target) for state in states for target in state.feeds]
        return tuple(dict.fromkeys(found))

    @property
    def dated(self) -> bool:
        """Whether anything about it ever becomes different: of most points nothing does."""
        return bool(self.changes) or self.valid_from is not None or self.valid_to is not None

    def edges(self) -> set[int]:
        """Return the instants [UTC s] at which something about the point becomes different."""
        bounds = {self.valid_from, self.valid_to} | {change.start for change in self.changes}
        return {time for time in bounds if time is not None and (self.covers(time) or time == self.valid_to)}

    def meter_at(self, time: int) -> Meter | None:
        """Return the physical meter that sat on the point at `time` [UTC s], if the file names one."""
        return next((meter for meter in self.meters if covers(meter.start, meter.end, time)), None)

    @property
    def exchanges(self) -> tuple[int, ...]:
        """Instants [UTC s] at which a meter came or went, or its ratio changed: no register difference spans one."""
        moved = {time for meter in self.meters for time in (meter.start, meter.end) if time is not None}
        scaled = {change.start for change in self.changes if "ct_ratio" in change.model_fields_set}
        return tuple(sorted(moved | scaled))
