"""The fuels that records may name, each by the kind of record that its unit asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.records.kinds import fuel_kinds, fuels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.factors.fuels import OwnFuel


def fuel_rows(own: Sequence[OwnFuel]) -> Iterator[dict[str, Any]]:
    """Yield each fuel with its factor [kgCO2e] and biogenic CO2 [kgCO2] per unit; None where that is not stated."""
    for name, of in fuel_kinds().items():
        for id_, one in fuels_of(of, own).items():
            yield {
                "id": id_,
                "record_kind": name,
                "value": one.per_unit(),
                "unit": f"kgCO2e/{of.unit}",
                "biogenic": one.biogenic_per_unit(),
                "heating": one.heating,
                "gas": one.gas,
                "year": one.year,
                "zone": one.zone,
                "source": one.source,
            }
