"""Weather and sources: what the air does beside what is in it, by hour of the day and by wind."""

from decimal import Decimal

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.boards.air_site import AT, MAX_GAP
from dashboards.grafana.boards.rain_panels import rain_and_particles
from dashboards.grafana.builder import BoardBuilder
from dashboards.grafana.panels import AnyPanel, time_series_panel
from dashboards.grafana.query import (
    COUNTED,
    INTERVAL,
    InfluxQL,
    counting,
    counting_readings,
    equals,
    means,
    select,
)
from dashboards.grafana.theme import NEUTRAL, Translate, unit
from dashboards.grafana.tiles import bar_chart_panel, bar_gauge_panel
from dashboards.reports.words import texts
from sensors.averages.attainment import rounding_bound
from sensors.catalogue.model import Catalogue, Parameter
from sensors.standards.statistics import ROLLING_1H
from sensors.standards.wind_force import forces

WIND, DIRECTION = "wind_speed", "wind_dir"
FINE, COARSE = "pm25", "pm10"
SECTORS = 8
_SPAN = 360 / SECTORS


def build(catalogue: Catalogue, tr: Translate) -> Dashboard:
    """The board of one station, chosen at the top."""
    board = BoardBuilder(
        "sources",
        tr,
        tr("气象与来源", "Weather and sources"),
        tr(
            "风、温湿压、降水、PM2.5/PM10、一天中的时刻、风向",
            "Wind, temperature, rain, PM2.5/PM10, hour of day, by wind",
        ),
        time_from="now-7d",
        refresh="5m",
    )
    common.add_places(board, tr, catalogue, "air")
    brief = catalogue.in_brief("air")
    board.row(9, (12, _by_wind(catalogue.parameters[FINE], tr)), (12, _by_hour(brief, tr)))
    board.row(8, (12, _ratio(tr)), (12, _weather(catalogue, tr, WIND)))
    board.row(
        8,
        (8, _directions(catalogue, tr)),
        (8, _weather(catalogue, tr, "air_temp")),
        (8, _weather(catalogue, tr, "humidity")),
    )
    particles = [catalogue.parameters[id_] for id_ in (FINE, COARSE)]
    board.row(8, (12, rain_and_particles(particles, tr)), (12, _weather(catalogue, tr, "pressure")))
    board.row(8, (24, _compared(brief[0], catalogue, tr)))
    for row in common.in_rows([_compared(one, catalogue, tr) for one in brief[1:]], 3):
        board.row(8, *row)
    return board.build()


def _weather(catalogue: Catalogue, tr: Translate, parameter: str) -> AnyPanel:
    one = catalogue.parameters[parameter]
    return time_series_panel(
        tr.name(one.name),
        [InfluxQL(counting_readings("air", one.id, AT), "$tag_kind")],
        unit=unit(one),
        decimals=one.decimals,
        names=common.reading_names(tr),
        max_gap=MAX_GAP,
        from_zero=parameter == WIND,
    )


def _directions(catalogue: Catalogue, tr: Translate) -> AnyPanel:
    """Points: no line leads from 350° to 10°, and a mean of both would be south."""
    one, names = catalogue.parameters[DIRECTION], common.reading_names(tr)
    query = select(
        f'last("{DIRECTION}")', "air", AT, counting(DIRECTION), by=f'{INTERVAL}, "kind"', fill="none"
    )
    return time_series_panel(
        tr.name(one.name),
        [InfluxQL(query, "$tag_kind")],
        unit=unit(one),
        decimals=0,
        hollow=list(names),
        names=names,
        description=tr("风的来向：0°为北，90°为东。", "Where the wind comes from: 0° north, 90° east."),
    )


def _ratio(tr: Translate) -> AnyPanel:
    both = f'mean("{FINE}") / mean("{COARSE}")'
    query = select(both, "air", AT, counting(FINE), counting(COARSE), by=f'{INTERVAL}, "kind"', fill="null")
    return time_series_panel(
        "PM2.5/PM10",
        [InfluxQL(query, "$tag_kind")],
        decimals=2,
        names=common.reading_names(tr),
        max_gap=MAX_GAP,
        description=tr(
            "两项都有效的时刻。比值低：扬尘、沙尘等粗颗粒；比值高：燃烧、二次颗粒物。",
            "Of times when both count. Low: dust and other coarse particles; high: combustion.",
        ),
    )


def _by_wind(parameter: Parameter, tr: Translate) -> AnyPanel:
    queries = [
        InfluxQL(
            select(
                f'mean("{parameter.id}")',
                "air",
                AT,
                *_from_sector(n),
                counting(parameter.id),
                counting(DIRECTION),
                counting(WIND),
            ),
            sector,
        )
        for n, sector in enumerate(texts()["compass"][tr.language].split())
    ]
    (no_wind, _), calm = _calm_and_wind(), forces()[0]
    still = select(f'mean("{parameter.id}")', "air", AT, no_wind, counting(parameter.id), counting(WIND))
    return bar_gauge_panel(
        tr(f"{parameter.label} 按风向（来向）", f"{parameter.label} by where the wind comes from"),
        [*queries, InfluxQL(still, tr.name(calm.name))],
        unit=unit(parameter),
        levels=[(None, NEUTRAL)],
        description=tr(
            f"所选时段内各风向读数的平均；风速修约到一位小数不超过 {calm.up_to} m/s 为静风。"
            "浓度高的方向值得去看，并不就是来源。",
            f"Mean of the readings of the range, by wind; up to {calm.up_to} m/s, on one decimal, it is calm."
            " A direction with high values is worth a look; it is no proof of a source.",
        ),
    )


def _from_sector(n: int) -> tuple[str, str]:
    """Wind from the n-th sector, north first; north is on both sides of 0°."""
    low, high = (n - 0.5) * _SPAN, (n + 0.5) * _SPAN
    _, blows = _calm_and_wind()
    if low < 0:
        return blows, f'("{DIRECTION}" >= {low + 360:g} OR "{DIRECTION}" < {high:g})'
    return blows, f'("{DIRECTION}" >= {low:g} AND "{DIRECTION}" < {high:g})'


def _calm_and_wind() -> tuple[str, str]:
    """The conditions of calm, force 0 by the speed on one decimal, and of any other wind."""
    bound, within = rounding_bound(forces()[0].up_to or Decimal(0), 1)
    calm, wind = ("<=", ">") if within else ("<", ">=")
    return f'"{WIND}" {calm} {float(bound):g}', f'"{WIND}" {wind} {float(bound):g}'


def _by_hour(parameters: list[Parameter], tr: Translate) -> AnyPanel:
    """InfluxQL knows no hour of the day: Grafana takes it from the hours' stamps and averages."""
    labelled = {one.symbol or tr.name(one.name): one for one in parameters}
    queries = [
        InfluxQL(
            select(
                'mean("value")',
                "statistic",
                AT,
                equals("parameter", one.id),
                equals("statistic", ROLLING_1H),
                COUNTED,
                by="time(1h)",
                fill="none",
            ),
            label,
        )
        for label, one in labelled.items()
    ]
    hour = tr("时刻", "Hour")
    units = {unit(one) for one in parameters}
    grouped = {label: {"aggregations": ["mean"], "operation": "aggregate"} for label in labelled}
    return bar_chart_panel(
        tr("一天中的时刻：小时均值的平均", "Hour of the day: mean of hourly means"),
        queries,
        category="Time",
        unit=units.pop() if len(units) == 1 else "",
        transformations=[
            ("joinByField", {"byField": "Time", "mode": "outer"}),
            ("formatTime", {"timeField": "Time", "outputFormat": "HH", "useTimezone": True}),
            ("groupBy", {"fields": {"Time": {"aggregations": [], "operation": "groupby"}, **grouped}}),
            ("sortBy", {"fields": {}, "sort": [{"field": "Time", "desc": False}]}),
        ],
        names={f"{label} (mean)": label for label in labelled} | {"Time": hour},
        description=tr(
            "所选时段内同一时刻的平均（北京时间）。",
            "Mean of the range's hours by the clock of Asia/Shanghai.",
        ),
    )


def _compared(parameter: Parameter, catalogue: Catalogue, tr: Translate) -> AnyPanel:
    where = equals("parameter", parameter.id), equals("statistic", ROLLING_1H), COUNTED
    queries = [
        InfluxQL(means("value", "statistic", equals("site", site.id), *where), tr.name(site.name))
        for site in catalogue.sites.values()
        if site.medium == "air" and site.active
    ]
    return time_series_panel(
        tr(f"{parameter.label}：各站1小时均值", f"{parameter.label}: stations, 1 h means"),
        queries,
        unit=unit(parameter),
        decimals=parameter.decimals,
        max_gap=MAX_GAP,
    )
