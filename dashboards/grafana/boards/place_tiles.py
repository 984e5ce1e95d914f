"""Tiles about a place that several boards show: index or class now, means of periods, with their times."""

from dashboards.grafana import names
from dashboards.grafana.common import AirTarget, class_name, site_states
from dashboards.grafana.panels import AnyPanel
from dashboards.grafana.query import CLASSED, NOW, PUBLISHED, InfluxQL, equals, select, statistic
from dashboards.grafana.theme import (
    Steps,
    Translate,
    aqi_steps,
    capture_mappings,
    class_mappings,
    level_mappings,
    signal_steps,
    target_met_mappings,
    target_steps,
    unit,
)
from dashboards.grafana.tiles import STAMP, TileFigure, tile_panel
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.model import StatisticName
from sensors.standards.statistics import MONTH, ROLLING_1H, ROLLING_24H, YEAR_TO_DATE

MONTHLY, YEARLY = "time:YYYY-MM", "time:YYYY"
"""How the begin of a period is written."""


def index_tile(tr: Translate, catalogue: Catalogue, title: str, site: str) -> AnyPanel:
    """The newest hourly AQI, its level in words, the primary pollutants; `site` may be a variable."""
    where = equals("site", site), equals("statistic", ROLLING_1H), PUBLISHED
    return tile_panel(
        title,
        InfluxQL(select('last("aqi") AS "aqi", "level", "primary"', "aqi", *where)),
        [
            TileFigure("aqi", decimals=0, levels=aqi_steps(lettered=True)),
            TileFigure("level", mappings=level_mappings(tr)),
            TileFigure(
                "primary", mappings=names.joined_parameters(tr, catalogue, "air", brief=True), plain=True
            ),
        ],
        description=tr(
            "小时AQI、级别、首要污染物（AQI 不超过50时没有）、时间。",
            "Hourly AQI, its level, primary pollutants (none up to 50), and of when.",
        ),
        time_from="2d",
    )


def class_tile(
    tr: Translate,
    catalogue: Catalogue,
    title: str,
    site: str,
    name: StatisticName,
    *,
    stamp: str = STAMP.unit,
    time_from: str,
) -> AnyPanel:
    """The newest water class of that statistic, what determines it; of a period whether the target is met."""
    where = equals("site", site), equals("statistic", name), CLASSED
    met = "" if name == "reading" else ', "met"'
    return tile_panel(
        title,
        InfluxQL(select(f'last("class") AS "class", "determining"{met}', "water_class", *where)),
        [
            TileFigure("class", mappings=class_mappings(tr)),
            TileFigure(
                "determining",
                mappings=names.joined_parameters(tr, catalogue, "water", brief=True),
                plain=True,
            ),
            *([] if name == "reading" else [TileFigure("met", mappings=target_met_mappings(tr))]),
        ],
        description=tr(
            "类别、定类项目、时间；统计时段还有是否达到目标，时间为其起始。",
            "Class, determining items, of when; of a period whether the target is met, and its begin.",
        ),
        stamp=STAMP._replace(unit=stamp),
        time_from=time_from,
    )


def section_tiles(tr: Translate, catalogue: Catalogue, place: Place, target: int) -> list[AnyPanel]:
    """A section's class now, and that of the month with the class that it has to meet in the title."""
    name, goal = tr.name(place.name), class_name(tr, target)
    now = tr(f"{name} 当前水质类别", f"{name}, class now")
    month = tr(f"{name} 本月（目标 {goal} 类）", f"{name}, month (target {goal})")
    return [
        class_tile(tr, catalogue, now, place.id, "reading", time_from="7d"),
        class_tile(tr, catalogue, month, place.id, MONTH, stamp=MONTHLY, time_from="62d"),
    ]


def day_tile(tr: Translate, air_target: AirTarget, title: str) -> AnyPanel:
    """The rolling 24 h: above the value of a year's target it is a signal, and never red."""
    return tile_panel(
        title,
        InfluxQL(_statistic_of(air_target, ROLLING_24H)),
        [_figure(air_target, signal_steps(air_target.target)), _validity(tr)],
        description=tr(
            "高于目标值是信号，不是超标：目标管的是年均值。",
            "Above the target value is a signal, not a breach: the target is for the year's mean.",
        ),
        time_from="2d",
    )


def hour_tile(tr: Translate, air_target: AirTarget, title: str) -> AnyPanel:
    """The zone's newest rolling hour: the mean over its stations."""
    return tile_panel(
        title,
        InfluxQL(_statistic_of(air_target, ROLLING_1H)),
        [_figure(air_target, signal_steps(air_target.target)), _validity(tr)],
        description=tr(
            "片区各站浓度平均的1小时滑动均值。高于目标值是信号，不是超标：目标管的是年均值。",
            "Rolling 1 h mean over the zone's stations. Above the target value is a signal, not a breach:"
            " the target is for the year's mean.",
        ),
        time_from="1d",
    )


def year_tile(tr: Translate, air_target: AirTarget, title: str) -> AnyPanel:
    """The year to date against the target, with whether it rests on enough data."""
    return period_tile(tr, air_target, title, YEAR_TO_DATE, "366d")


def period_tile(
    tr: Translate, air_target: AirTarget, title: str, name: StatisticName, time_from: str
) -> AnyPanel:
    """The mean of a long period against the target, red from the first that misses it once it is rounded."""
    days = TileFigure("n", tr("suffix:个有效天", "suffix:valid days"), 0)
    return tile_panel(
        title,
        InfluxQL(_statistic_of(air_target, name, "n")),
        [_figure(air_target, target_steps(air_target.target)), _validity(tr), days],
        description=tr(
            f"修约到{air_target.target.decimals}位小数后与目标比较；有效天数为参与平均的日均值个数。",
            f"Compared with the target once rounded to {air_target.target.decimals} decimals;"
            " valid days: daily means that it rests on.",
        ),
        stamp=None,
        time_from=time_from,
    )


def _statistic_of(air_target: AirTarget, name: StatisticName, *more: str) -> str:
    fields = ", ".join(('last("value") AS "value"', *(f'"{field}"' for field in ("valid", *more))))
    return statistic(fields, air_target.place.id, air_target.parameter.id, name)


def _figure(air_target: AirTarget, levels: Steps) -> TileFigure:
    return TileFigure("value", unit(air_target.parameter), 1, levels)


def _validity(tr: Translate) -> TileFigure:
    return TileFigure("valid", mappings=capture_mappings(tr))


def heard_tile(tr: Translate, site: str) -> AnyPanel:
    """Whether a site is heard, and how long ago it was; of a zone or river there is nothing to say."""
    newest = select('last("last_seen") AS "last_seen", "state"', "site_state", equals("site", site))
    return tile_panel(
        tr("站点状态", "Site"),
        InfluxQL(f'SELECT "state", ({NOW} - "last_seen") / 60000 AS "heard" FROM ({newest})'),
        [
            TileFigure("state", mappings=site_states(tr)),
            TileFigure("heard", tr("suffix:分钟前", "suffix:min ago"), 0),
        ],
        description=tr(
            "片区没有自己的站点，此格为空。", "A zone has no station of its own; it is empty then."
        ),
        time_from="2d",
    )
