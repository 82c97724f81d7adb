"""Energy from its metered sources through the facility to its uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.charts.base import LABEL_PX, Option, base, tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette


@dataclass(frozen=True, slots=True)
class Node:
    """A source or a use: its code (which gives the colour), its name, its value (> 0) and the printed amount."""

    code: str
    name: str
    value: float
    printed: str


def energy_flow(sources: Sequence[Node], total: Node, uses: Sequence[Node], *, unit: str, colours: Palette) -> Option:
    """Sources left, uses right, the facility between them; one source alone is the facility itself.

    Args:
        sources: where the energy came in, in the order to draw.
        total: the facility.
        uses: where it went, in the order to draw.
        unit: unit of the values.
        colours: tokens of the mode.
    """
    shown = list(sources) if len(sources) > 1 else []
    middle = Node(total.code, sources[0].name, total.value, total.printed) if len(sources) == 1 else total
    nodes = [_node(one, colours, position="right") for one in shown]
    nodes.append(_node(middle, colours, position="right", bold=True, words=middle.printed if shown else None))
    nodes += [_node(one, colours) for one in uses]
    links = [_link(one.name, middle.name, one, colours) for one in shown]
    links += [_link(middle.name, one.name, one, colours) for one in uses]
    flow = {
        "type": "sankey",
        "left": 2,
        "right": 132,
        "top": 10,
        "bottom": 10,
        "nodeWidth": 11,
        "nodeGap": 30,
        "draggable": False,
        "layoutIterations": 0,
        "data": nodes,
        "links": links,
        "label": {"color": colours.text, "fontSize": LABEL_PX, "lineHeight": 14, "textBorderColor": "transparent"},
        "lineStyle": {"curveness": 0.5},
        "emphasis": {"focus": "adjacency"},
    }
    return base(colours, tooltip=tooltip(colours, trigger="item", valueFormatter=f"%.3f {unit}"), series=[flow])


def _node(
    one: Node, colours: Palette, *, position: str = "right", bold: bool = False, words: str | None = None
) -> Option:
    label = {"formatter": words or f"{{b}}\n{one.printed}", "position": position}
    return {
        "name": one.name,
        "itemStyle": {"color": colours.flow(one.code)},
        "label": {**label, "fontWeight": 600} if bold else label,
    }


def _link(source: str, target: str, one: Node, colours: Palette) -> Option:
    return {
        "source": source,
        "target": target,
        "value": one.value,
        "lineStyle": {"color": colours.flow(one.code), "opacity": 0.3},
    }
