"""Rain beside what it washes out of the air and into the rivers."""

from datetime import timedelta

from dashboards.grafana.boards.air_site import AT as STATION
from dashboards.grafana.boards.air_site import MAX_GAP as STATION_GAP
from dashboards.grafana.panels import AnyPanel, time_series_panel
from dashboards.grafana.query import (
    COUNTED,
    InfluxQL,
    counting_readings,
    equals,
    mean_of_sites,
    means,
    one_of,
)
from dashboards.grafana.theme import Translate, unit
from sensors.calendar import HOURS_A_DAY
from sensors.catalogue.model import Catalogue, Parameter
from sensors.standards.statistics import DAY, ROLLING_1H

RAIN = "rain"
DEPTH = "suffix:mm"


def rain_and_particles(parameters: list[Parameter], tr: Translate) -> AnyPanel:
    """A station's rain hour by hour, and parameters of one unit that it washes out."""
    rain, *drawn = [(tr("1小时降水量", "Rain in 1 h"), RAIN), *((one.label, one.id) for one in parameters)]
    of_hours = equals("statistic", ROLLING_1H), COUNTED
    return time_series_panel(
        tr("降水与颗粒物：1小时", "Rain and particles: 1 h"),
        [
            InfluxQL(means("value", "statistic", STATION, equals("parameter", id_), *of_hours), name)
            for name, id_ in (rain, *drawn)
        ],
        unit=unit(parameters[0]),
        decimals=0,
        bars=[rain[0]],
        right={rain[0]: DEPTH},
        max_gap=STATION_GAP,
        description=tr(
            "柱：此前1小时的降水量（右轴）；站点发送降水强度后才有。",
            "Bars: rain of the hour before (right axis), once the station sends it.",
        ),
    )


def rain_and_item(parameter: Parameter, catalogue: Catalogue, tr: Translate, at: str) -> AnyPanel:
    """A section's readings of an item, and what fell on the stations of the catalogue day by day."""
    fallen = tr("日降水量", "Rain of the day")
    name = tr.name(parameter.name)
    return time_series_panel(
        tr(f"降水与{name}", f"Rain and {name.lower()}"),
        [
            InfluxQL(counting_readings("water", parameter.id, at), name),
            InfluxQL(_depth_of_days(catalogue), fallen),
        ],
        unit=unit(parameter),
        decimals=parameter.decimals,
        bars=[fallen],
        right={fallen: DEPTH},
        max_gap=timedelta(hours=9),
        description=tr(
            "柱：各站日降水量的平均，即面雨量（右轴）；缺测的小时不计入。雨后升高多为面源和冲刷。",
            "Bars: mean of the stations' rain of the day (right axis), of the hours that were measured."
            " What rises after rain was mostly washed in.",
        ),
    )


def _depth_of_days(catalogue: Catalogue) -> str:
    """Millimetres: a day's mean intensity over as many hours as it has inputs."""
    stations = [site.id for site in catalogue.sites.values() if site.medium == "air" and site.active]
    of_day = one_of("site", stations), equals("parameter", RAIN), equals("statistic", DAY), COUNTED
    return mean_of_sites(f'"value" * {HOURS_A_DAY} * "n" / "expected"', "statistic", *of_day)
