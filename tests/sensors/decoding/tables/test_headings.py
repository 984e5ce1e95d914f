"""Headings as real tables have them: parameter, span and unit; and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.catalogue import loader
from sensors.catalogue.units import power_of_ten, spelling_of
from sensors.decoding.tables.columns import is_text, read_columns
from sensors.decoding.tables.headings import Heading, Headings, Role, role_of, squeeze, waterbodies
from sensors.model import Medium

CATALOGUE = loader.load()
BOTH, WATER, AIR = Headings(CATALOGUE), Headings(CATALOGUE, "water"), Headings(CATALOGUE, "air")
ROLES: tuple[Role, ...] = ("site", "time", "date", "hour", "year", "month", "day")

# As the national water page (水温(℃) …), its archives (do_mg_l), pm25.in's dumps (O3_1h), the platform's feed
# (PM2_5_24h), laboratories and people write them.
READ = [
    ("ph", "ph", "", 0),
    ("pH", "ph", "", 0),
    ("PH值", "ph", "", 0),
    ("pH(无量纲)", "ph", "", 0),
    ("DO", "do", "", 0),
    ("do(mg/L)", "do", "", 0),
    ("溶解氧(mg/L)", "do", "", 0),
    ("do_mg_l", "do", "", 0),
    ("Dissolved oxygen", "do", "", 0),
    ("CODMn", "codmn", "", 0),
    ("codmn(mg/L)", "codmn", "", 0),
    ("COD(Mn)", "codmn", "", 0),
    ("高锰酸盐指数（CODMn）", "codmn", "", 0),
    ("高锰酸盐指数(mg/L)", "codmn", "", 0),
    ("NH3-N", "nh3n", "", 0),
    ("NH₃-N", "nh3n", "", 0),
    ("ＮＨ３－Ｎ", "nh3n", "", 0),
    ("氨氮", "nh3n", "", 0),
    ("氨氮（以N计）（mg/L）", "nh3n", "", 0),
    ("nh3n(ug/L)", "nh3n", "", -3),
    ("氨氮/(mg/L)", "nh3n", "", 0),
    ("氨氮 mg/L", "nh3n", "", 0),
    ("nh3n(mg/l)", "nh3n", "", 0),
    ("TP [mg/L]", "tp", "", 0),
    ("总磷(以P计)", "tp", "", 0),
    ("化学需氧量(COD)", "cod", "", 0),
    ("CODCr", "cod", "", 0),
    ("BOD5", "bod5", "", 0),
    ("铬(六价)", "cr6", "", 0),
    ("Cr6+", "cr6", "", 0),
    ("F-", "fluoride", "", 0),
    ("粪大肠菌群(MPN/100mL)", "coliform", "", 1),
    ("粪大肠菌群（个/L）", "coliform", "", 0),
    ("电导率（μS/cm）", "conductivity", "", 0),
    ("电导率(mS/m)", "conductivity", "", 1),
    ("水温(℃)", "water_temp", "", 0),
    ("water_temp_c", "water_temp", "", 0),
    ("叶绿素α(mg/L)", "chla", "", 0),
    ("藻密度(万个/L)", "algae", "", 4),
    ("w21003", "nh3n", "", 0),
    ("B01", "flow", "", -3),
    ("PM2.5", "pm25", "", 0),
    ("PM₂.₅", "pm25", "", 0),
    ("pm2_5", "pm25", "", 0),
    ("PM2.5(μg/m³)", "pm25", "", 0),
    ("PM2.5 (ug/m^3)", "pm25", "", 0),
    ("PM10(μg·m⁻³)", "pm10", "", 0),
    ("PM2.5(mg/m3)", "pm25", "", 3),
    ("细颗粒物(PM2.5)", "pm25", "", 0),
    ("PM2.5浓度（微克/立方米）", "pm25", "", 0),
    ("a34004", "pm25", "", 0),
    ("CO(mg/m3)", "co", "", 0),
    ("CO/mg/m3", "co", "", 0),
    ("CO(µg/m³)", "co", "", -3),
    ("一氧化碳", "co", "", 0),
    ("PM2.5_24h", "pm25", "24h", 0),
    ("PM2_5_24h", "pm25", "24h", 0),
    ("PM10 24小时均值", "pm10", "24h", 0),
    ("O3", "o3", "", 0),
    ("O3_1h", "o3", "1h", 0),
    ("O3-8h", "o3", "8h", 0),
    ("o3_8h", "o3", "8h", 0),
    ("臭氧8小时滑动平均(μg/m³)", "o3", "8h", 0),
    ("O3_8h_24h", "o3", "8h_24h", 0),
    ("气压(hPa)", "pressure", "", -1),
    ("相对湿度(%)", "humidity", "", 0),
    ("RH", "humidity", "", 0),
]


@pytest.mark.parametrize(("text", "parameter", "span", "power"), READ, ids=[row[0] for row in READ])
def test_what_a_heading_says(text: str, parameter: str, span: str, power: int) -> None:
    found = BOTH.heading(text)

    assert found is not None
    assert (found.parameter, found.span, found.power) == (parameter, span, power)


@given(st.sampled_from(READ), st.booleans(), st.sampled_from(["", " ", "\u3000", "\t"]))
def test_width_blanks_and_case_change_nothing(row: tuple[str, str, str, int], wide: bool, blank: str) -> None:
    text = row[0]
    if text in {*CATALOGUE.by_code, "B01"}:
        return  # codes are matched exactly
    if wide:
        text = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)

    found = BOTH.heading(f"{blank}{text}{blank}")

    assert found is not None
    assert (found.parameter, found.span, found.power) == row[1:]


@pytest.mark.parametrize("text", [p.id for p in CATALOGUE.parameters.values()] + list(CATALOGUE.by_code))
def test_every_id_and_code_is_its_own_heading(text: str) -> None:
    assert BOTH.heading(text) == Heading(CATALOGUE.by_code.get(text, text))


def test_every_symbol_and_name_of_the_catalogue_is_a_heading_of_its_medium() -> None:
    unread = [
        name
        for row in CATALOGUE.parameters.values()
        for name in (row.symbol, row.name.zh, row.name.en, *row.headings)
        if name and (found := Headings(CATALOGUE, row.medium).heading(name)) != Heading(row.id) and found
    ]

    assert unread == []


@pytest.mark.parametrize(
    ("text", "medium", "parameter"),
    [("温度(℃)", "water", "water_temp"), ("温度(℃)", "air", "air_temp"), ("温度", None, None)],
)
def test_a_name_with_two_meanings_is_read_where_one_is_possible(
    text: str, medium: Medium | None, parameter: str | None
) -> None:
    found = Headings(CATALOGUE, medium).heading(text)

    assert (found and found.parameter) == parameter


@pytest.mark.parametrize("text", ["NO2(ppb)", "溶解氧(%)", "PM2.5(个/L)", "氨氮(NTU)", "CO(mg/L)"])
def test_a_unit_of_another_kind_does_not_convert(text: str) -> None:
    found = BOTH.heading(text)

    assert found is not None
    assert found.power is None or text == "CO(mg/L)"  # both are grams in a volume


@pytest.mark.parametrize(
    ("text", "like"),
    [
        pytest.param("氨氮超标倍数", "nh3n", id="times over"),
        pytest.param("amonia", "nh3n", id="a letter lost"),
        pytest.param("NH3-N_raw", "nh3n", id="raw"),
        pytest.param("do_mg_l_raw", "do", id="raw, with a unit"),
        pytest.param("CODMn2", "codmn", id="a digit more"),
        pytest.param("pH平均偏差", "ph", id="between Chinese"),
        pytest.param("PM2.5 AQI", "pm25", id="an index"),
        pytest.param("铁(mg/L)", "", id="a quantity that the catalogue does not have"),
        pytest.param("硝酸盐氮（mg/L）", "", id="nitrate"),
        pytest.param("备注", None, id="remarks"),
        pytest.param("水质类别", None, id="class"),
        pytest.param("what to do", None, id="a word that is a symbol in capitals"),
        pytest.param("采样深度(m)", None, id="a length"),
        pytest.param("经度(°)", None, id="degrees"),
        pytest.param("primary", None, id="primary"),
        pytest.param("longitude", None, id="longitude"),
        pytest.param("采样人（签字）", None, id="a signature"),
    ],
)
def test_what_only_looks_like_a_parameter(text: str, like: str | None) -> None:
    assert BOTH.heading(text) is None
    assert BOTH.likeness(text) == like


@given(st.text(max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    for headings in (BOTH, WATER, AIR):
        found = headings.heading(text)
        assert found is None or found.parameter in CATALOGUE.parameters
        headings.likeness(text)
    role_of(text)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("断面名称", "site"),
        ("StationCode", "site"),
        ("监测时间", "time"),
        ("time_point", "time"),
        ("Hour", "hour"),
        ("日期", "date"),
        ("水质目标", "target"),
        ("水体类型", "waterbody"),
        ("备注", None),
        ("pH", None),
    ],
)
def test_roles(text: str, role: str | None) -> None:
    assert role_of(text) == role


def test_no_word_of_a_head_is_both_a_role_and_a_parameter() -> None:
    assert [
        p.id for p in CATALOGUE.parameters.values() for n in (p.id, p.name.zh, *p.headings) if role_of(n)
    ] == []
    assert waterbodies()[squeeze("湖、库")] == "lake"


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("MG/L", "mg/L"),
        ("ｍｇ／Ｌ", "mg/L"),
        ("mg·L⁻¹", "mg/L"),
        ("μg m-3", "µg/m³"),
        ("us/cm", "µS/cm"),
        ("ppb", None),
        ("", "–"),
    ],
)
def test_a_unit_in_any_spelling(text: str, spelling: str | None) -> None:
    found = spelling_of(text)

    assert (found is None) == (spelling is None)
    assert spelling is None or power_of_ten(found or "", spelling) == 0


class TestColumns:
    def test_several_columns_of_a_role(self) -> None:
        header = ["positionname", "stationcode", "断面名称", "timepoint", "pm2_5"]

        found = read_columns(header, BOTH, roles=ROLES)

        assert found.roles == {"site": 1, "time": 3}
        assert found.others == (0, 2)

    @pytest.mark.parametrize(
        ("header", "words"),
        [
            (["codmn", "tp", "codmn"], "column codmn stands twice, as columns 1 and 3; rename one"),
            (["PM2.5", "a34004"], "column pm25 stands twice, as columns 1 and 2 (PM2.5, a34004)"),
            (["time", "time", "ph"], "column time stands twice"),
            (["NO2(ppb)"], "column NO2(ppb): ppb does not convert to the unit of no2"),
        ],
    )
    def test_what_is_refused(self, header: list[str], words: str) -> None:
        with pytest.raises(ValueError, match="column") as refused:
            read_columns(header, BOTH, roles=ROLES)

        assert words in str(refused.value)

    @pytest.mark.parametrize(
        ("header", "time"),
        [
            (["date", "hour", "pm25"], {"date": 0, "hour": 1}),
            (["year", "month", "day", "hour"], {"year": 0, "month": 1, "day": 2, "hour": 3}),
            (["日期", "PM2.5"], {"date": 0}),
            (["date", "time", "hour"], {"date": 0, "time": 1}),
            (["采样日期", "采样时间"], {"date": 0, "time": 1}),
            (["hour", "pm25"], {}),
        ],
    )
    def test_what_makes_the_time(self, header: list[str], time: dict[str, int]) -> None:
        assert read_columns(header, BOTH, roles=ROLES).time == time

    def test_words_and_numbers(self) -> None:
        rows = [["好", "1,5", "", "3"], ["—", "x", ""]]

        assert [is_text(at, rows) for at in range(4)] == [True, False, False, False]

    @pytest.mark.parametrize("cell", ["<0.001", "＜0.02", "0.025L", "< 5"])
    def test_a_number_below_detection_is_no_word(self, cell: str) -> None:
        assert not is_text(0, [["—"], [cell]])

    @pytest.mark.parametrize("cell", ["?", "—", "NA", "ND", "未检出"])
    def test_what_says_that_nothing_was_measured_or_found_is_no_word(self, cell: str) -> None:
        """A column of nothing else may be a parameter's: it is not passed over for its words."""
        assert not is_text(0, [[cell], ["/"]])
        assert is_text(0, [[cell], ["大雨"]])
