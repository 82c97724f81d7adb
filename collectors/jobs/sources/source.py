"""The contract of a source of job records: `fetch` touches the world and may block, `parse` is pure."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from config.reading.fields import Number, Table

if TYPE_CHECKING:
    from collectors.jobs.parsed import Parsed
    from config.attribution.clusters import Cluster


class JobSource(Table):
    """How a scheduler is asked; the table of the site file is the constructor."""

    looks: ClassVar[bool] = False  # it says what is now, and not what was: `collectors.jobs.looks`
    kind: str
    deadline_s: Annotated[Number, Field(gt=0)] = 60.0

    @abstractmethod
    def fetch(self, *, now: int) -> bytes:
        """Ask once, at `now` [UTC s], and return the answer.

        Raises:
            SourceUnreachable: no answer.
            SourceRefused: wrong credentials, missing rights, no such program or address.
        """

    @abstractmethod
    def parse(self, payload: bytes, cluster: Cluster, *, now: int) -> Parsed:
        """Return the jobs of an answer; one that still runs ends at `now` [UTC s].

        Raises:
            PayloadUnreadable: the bytes make no sense.
        """
