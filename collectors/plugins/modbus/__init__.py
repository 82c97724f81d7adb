"""The manual of `kind = "modbus"`: electricity meters over Modbus TCP, or RS-485 meters behind a gateway (port 502).

    [[sources]]
    id = "meter-1"
    kind = "modbus"
    point = "grid"
    metrics = ["energy_counter", "power"]
    host = "10.2.0.5"
    unit = 1                        # the meter's own address behind the gateway
    map = "eastron_sdm630"          # or "sunspec", or a file of your own: { file = "my_meter.toml" }
    # port = 502
    # word_order = "low_first"      # where a gateway swaps words; else that of the map
    # interval_s = 60.0
    # deadline_s = 10.0             # 32 meters on one line of 9600 baud need 5 s and more for one round

**Needs**: `pip install 'wattlas[modbus]'` (pymodbus). Modbus knows no users: keep meters in a network of their own.
Nothing is ever written.

**Maps** (`maps/*.toml`)

| map | meter | read | held against a meter or its manual |
|---|---|---|---|
| `eastron_sdm630` | Eastron SDM630 | total power, import | no |
| `schneider_iem3000` | Schneider iEM3000 | total power, import | no |
| `siemens_pac2200` | Siemens PAC2200 | total power, import of tariff 1 | no |
| `abb_b2x` | ABB B21, B23, B24 | total power, import | no |
| `janitza_umg` | Janitza UMG, B-series | sum of the phases | no |
| `sunspec` | any SunSpec meter (201 to 204, 211 to 214), found by walking | W, TotWhImp | laid out by the standard |

Compare the first readings of a map that nobody has verified with the meter's display. An own map:

    name = "My meter"
    source = "its manual, page 12"
    verified = true
    function = 4                    # 3 holding registers, 4 input registers
    [[registers]]
    metric = "power"
    address = 0x34                  # zero-based: many manuals count from 1, some from 30001 or 40001
    type = "float32"                # int16 uint16 int32 uint32 int64 uint64 float32 float64
    scale = 1.0                     # to the unit of the metric: W, kWh ...
    # [voltage]                     # of a phase, in volts: by it the order of words is seen to be right
    # address = 0x00
    # type = "float32"

**What becomes of what a meter says**

| the meter says | the reading |
|---|---|
| a number | that number by its scale |
| NaN, infinity, a subnormal; all bits; 0x8000 or 0x7FFF of a signed number | none |
| a voltage that is one only with its words swapped | refused until `word_order` says so: power would be noise near 0 |
| a register of energy at 0 (a meter that starts; an accumulator that SunSpec leaves out) | none |
| a SunSpec scale factor of 0x8000 | none |
| negative power (current transformer or phases reversed, or energy fed back) | as it is: the judge refuses it |
| 1/40 of the load | as it is: set `ct_ratio` on the point, or the ratio in the meter, never both |

A register of type float32 has 7 digits: beyond 100 MWh its steps are coarser than 0.01 kWh.

**Connections**: all sources of one host and port share one connection, on which one request is in flight, for 3 s at
most: a meter that is dead holds its neighbours up no longer.

**Errors**: no connection, no answer, busy (6), a meter that gives its gateway none (10, 11): `SourceUnreachable`.
Unknown function (1), register (2) or count (3), no SunSpec meter: `SourceRefused`.

Standards: Modbus application protocol 1.1b3, Modbus messaging on TCP/IP 1.0b, SunSpec information model (201 to 214).
"""

from __future__ import annotations

from collectors.plugins.modbus.collector import Modbus

__all__ = ["Modbus"]
