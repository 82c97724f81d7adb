"""The manual of `kind = "bacnet"`: meters, chillers and air handlers of a building's automation by BACnet/IP.

    [[sources]]
    id = "chiller-1"
    kind = "bacnet"
    point = "chiller-1"
    metrics = ["power", "energy_counter"]
    host = "10.6.0.5"                     # the controller
    interval_s = 60
    # port = 47808
    # station = "12:5"                    # behind a router, whose address host then is: network and MS/TP address
    [[sources.objects]]
    object = "analog-input,3"             # as the controller's engineer lists it: type and instance
    metric = "power"
    # point = "chiller-1"                 # where it is another than the source's
    # unit = "kW"                         # where the controller tells none, or a wrong one
    [[sources.objects]]
    object = "accumulator,1"
    metric = "energy_counter"

**Read only**: properties are read and nothing is ever written or subscribed to. **Needs**: `pip install
'wattlas[bacnet]'` (bacpypes3). BACnet has no login: whoever reaches the controller may read it. One UDP socket of a
free port serves all controllers; it asks nobody who there is.

Types: analog-input, analog-value, analog-output, large-analog-value, integer-value, positive-integer-value,
accumulator, pulse-converter. Properties: present-value, status-flags, units, and of an accumulator its scale.

**What becomes of what a controller says**

| the controller says | the reading |
|---|---|
| 12.5 in kilowatts | 12500 W: its unit is its own, unless `unit` stands over it |
| no-units, or a unit of another kind, and no `unit` | rejected: nobody knows what it is |
| status flag fault, overridden or out-of-service | rejected with that reason: it is not the sensor that speaks |
| status flag in-alarm | as it is |
| an accumulator | its count times its scale; without a scale: rejected, unless it has none and `unit` is written |
| NaN, infinity, an object that it has not, a register at 0 | none |

All objects are asked for by one ReadPropertyMultiple for five; a controller that knows no such service, or cannot send
so much at once, is asked for one property after the other.

**Traps.** A controller may repeat a field device's last value for hours while that is dead: let it set the fault flag.
Set-points look like measurements (`analog-value`): choose inputs. A line of MS/TP behind a router is slow: give its
stations long intervals and a `deadline_s` of seconds.

**Errors**: no answer: `SourceUnreachable`. None of the objects exists: `SourceRefused`.

Standard: ANSI/ASHRAE 135 (BACnet), annex J (BACnet/IP).
"""

from __future__ import annotations

from collectors.plugins.bacnet.collector import Bacnet

__all__ = ["Bacnet"]
