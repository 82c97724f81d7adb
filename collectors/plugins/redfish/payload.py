"""What one poll records: for each point the way that was asked and the resources as they came.

```json
{"points": {"fra1/srv-1": {"way": "EnvironmentMetrics", "state": "On",
  "date": "Mon, 23 Nov 2026 14:33:03 GMT",
  "bodies": [{"PowerWatts": {"Reading": 374.2}, "EnergykWh": {"Reading": 3825.27}}]}}}
```

`state` is the `PowerState` of the host where it was asked; a body that is no JSON object stands as text; `absent` in
place of the rest says why a point was not read. Neither address nor account is in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from collectors.plugins.redfish.values import WAYS, Sample
from config.errors import PayloadUnreadable

if TYPE_CHECKING:
    from collectors.plugins.redfish.values import Body


class Answer(BaseModel):
    """What the resource of one point said."""

    model_config = ConfigDict(frozen=True)

    way: str = ""
    bodies: list[Any] = Field(default_factory=list)
    state: str | None = None
    date: str | None = None
    absent: str | None = None

    def device_time(self) -> datetime | None:
        """Return what the device's clock said, if it was a date."""
        try:
            return parsedate_to_datetime(self.date).astimezone(UTC) if self.date else None
        except (ValueError, OverflowError):
            return None

    @property
    def off(self) -> bool:
        """Whether the source itself says that the host is switched off."""
        return self.state == "Off"

    def sample(self) -> Sample:
        """Read the numbers.

        Raises:
            PayloadUnreadable: the way is unknown, or a body is no JSON object.
        """
        if self.absent is not None:
            return Sample()
        if self.way not in WAYS or not self.bodies:
            msg = f'A Redfish payload was read by the way "{self.way}", which is unknown, or holds no resource.'
            raise PayloadUnreadable(msg)
        return WAYS[self.way]([_object(body) for body in self.bodies])


class Payload(BaseModel):
    """All points of one source."""

    model_config = ConfigDict(frozen=True)

    points: dict[str, Answer]


def _object(body: object) -> Body:
    if not isinstance(body, dict):
        begun = body[:40] if isinstance(body, str) else type(body).__name__
        msg = f"A Redfish resource is no JSON object: it begins with {begun!r}."
        raise PayloadUnreadable(msg)
    return body
