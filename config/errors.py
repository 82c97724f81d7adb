"""The error tree, named for what the caller does next.

    WattlasError
    |- ConfigError          stop before anything starts; names file, key and remedy; exit 2
    |- InputError           a file or argument given by the user is wrong; same form; exit 2
    |  `- NotAllowed          who asks has no role for it: nothing was done; somebody else may
    |- CollectError         this source, this cycle
    |  |- SourceUnreachable   retry at the next tick, alert after several
    |  |- SourceRefused       credentials or permission: do not retry fast, tell a person
    |  `- PayloadUnreadable   keep the bytes aside: they become the next test case
    |     `- PartlyUnreadable  the same, and what could be read counts
    |- StoreUnavailable     keep the spool, try again with back-off
    |- StoreCorrupt         `wattlas doctor --repair` can mend it
    |- SchemaTooNew         the store was written by a newer Wattlas
    `- UnitError, FactorMissing   never guessed around

Every message is one sentence that a user can act on.
"""

from __future__ import annotations


class WattlasError(Exception):
    """Root of all errors that Wattlas raises on purpose."""


class ConfigError(WattlasError):
    """A configuration file is wrong: the message names file, table or row, key and remedy."""


class InputError(WattlasError):
    """A file, argument or parameter given by the user is wrong: the message says which and what to do."""


class NotAllowed(InputError):
    """Who asks has not the role for it, or is not known at all: nothing was read or changed."""


class CollectError(WattlasError):
    """One source failed in one cycle; the others go on."""


class SourceUnreachable(CollectError):
    """No answer in time: tried again with back-off."""


class SourceRefused(CollectError):
    """Wrong credentials or missing permission: a person must act, so it is tried again only slowly."""


class PayloadUnreadable(CollectError):
    """The source answered with something that cannot be read."""


class PartlyUnreadable(PayloadUnreadable):
    """Part of an answer cannot be read; the readings that came before this error count."""


class StoreUnavailable(WattlasError):
    """A store does not answer: accepted readings stay in the spool."""


class StoreCorrupt(WattlasError):
    """A store holds something unreadable: `wattlas doctor --repair` sets it aside."""


class SchemaTooNew(WattlasError):
    """A store was written by a newer version of Wattlas than this one."""


class UnitError(WattlasError):
    """A unit is unknown or does not fit the metric."""


class FactorMissing(WattlasError):
    """No factor fits the question: there is no silent fallback, so there is no figure."""
