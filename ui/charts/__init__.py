"""Chart options for native ECharts: values and tokens in, plain dictionaries out.

Streamlit passes JSON only, so there are no callbacks: what a label says is formatted in Python. Time axes are category
axes with labels made in Python, because ECharts knows neither the site's zone nor its 23 and 25 hour days.
Gaps stay gaps: None breaks a line, a bar or a cell is hatched, and nothing is drawn across.
"""

from ui.charts.base import Option
from ui.charts.beneath import NAME_PX, beneath
from ui.charts.calendar import DayCell, Standing, calendar_looks, coverage_calendar
from ui.charts.compare import Choice, correlation_bars, pareto_scatter
from ui.charts.course import use_bars
from ui.charts.days import day_bars, pair_bars, ratio_days
from ui.charts.flow import Node, energy_flow
from ui.charts.hours import hour_map
from ui.charts.plan import Block, CourseWords, abatement_curve, course
from ui.charts.power import Band, power_area
from ui.charts.pue import GAUGE_PX, pue_gauge
from ui.charts.racks import RackCell, rack_map
from ui.charts.supply import Size, supply_front

__all__ = [
    "GAUGE_PX",
    "NAME_PX",
    "Band",
    "Block",
    "Choice",
    "CourseWords",
    "DayCell",
    "Node",
    "Option",
    "RackCell",
    "Size",
    "Standing",
    "abatement_curve",
    "beneath",
    "calendar_looks",
    "correlation_bars",
    "course",
    "coverage_calendar",
    "day_bars",
    "energy_flow",
    "hour_map",
    "pair_bars",
    "pareto_scatter",
    "power_area",
    "pue_gauge",
    "rack_map",
    "ratio_days",
    "supply_front",
    "use_bars",
]
