"""Every sentence of the demonstration, in Chinese and in English."""

from collections.abc import Mapping
from datetime import datetime

from sensors.catalogue import Catalogue, Name
from sensors.times import SHANGHAI

SYMBOLS: Mapping[str, str] = {
    "pm25": "PM2.5", "pm10": "PM10", "so2": "SO₂", "no2": "NO₂", "co": "CO", "o3": "O₃",
    "codmn": "CODMn", "nh3n": "NH₃-N", "tp": "TP", "tn": "TN", "do": "DO", "ph": "pH",
}  # fmt: skip
"""How both languages write a parameter in a narrow column; others by their id."""

TEXTS: Mapping[str, tuple[str, str]] = {
    "title": ("两区监测演示", "liangqu demo"),
    "clock": ("模拟时间 {time}（快 {speed:,.0f} 倍）", "simulated time {time} ({speed:,.0f} times as fast)"),
    "begins": (
        "演示：{hours} 小时压缩为 {minutes:g} 分钟，{sites} 个模拟站点，文件在 {out}",
        "Demo: {hours} hours in {minutes:g} minutes, {sites} simulated sites, files in {out}",
    ),
    "second": (
        "可在另一个终端运行：{line}",
        "Try in a second terminal: {line}",
    ),
    "site": ("站点", "site"),
    "section": ("断面", "section"),
    "newest": ("最新", "newest"),
    "course_air": ("{symbol} 24 小时", "{symbol}, 24 h"),
    "course_water": ("{symbol} 3 天", "{symbol}, 3 d"),
    "remarks": ("备注", "remarks"),
    "silent": ("{hours:.0f} 小时无数据", "silent for {hours:.0f} h"),
    "check_flag": ("设备标记 {flag}", "device flag {flag}"),
    "flag_M": ("维护", "maintenance"),
    "check_range": ("超量程", "out of range"),
    "check_step": ("突变", "step"),
    "check_flat": ("恒值", "flat line"),
    "check_spike": ("尖峰", "spike"),
    "messages": (
        "消息：收到 {received} = 待处理 {inbox} + 已处理 {processed}",
        "messages: received {received} = inbox {inbox} + processed {processed}",
    ),
    "items": (
        "数据：共 {items} = 入库 {stored} + 重复 {duplicate} + 修订 {revised} + 隔离 {quarantined} + 丢弃 {dropped}"
        " + 待入库 {outgoing}；其中迟到 {late}",
        "items: {items} = stored {stored} + duplicate {duplicate} + revised {revised} + quarantined {quarantined}"
        " + dropped {dropped} + outgoing {outgoing}; {late} of them late",
    ),
    "brief": (
        "收到 {received} 条消息，入库 {stored}，重复 {duplicate}，迟到 {late}，隔离 {quarantined}",
        "{received} messages received, {stored} items stored, {duplicate} duplicate, {late} late,"
        " {quarantined} quarantined",
    ),
    "refused": ("隔离原因：{reasons}", "quarantined for: {reasons}"),
    "nothing": ("无", "nothing"),
    "happens": ("事件（按剧本）", "what happens (scripted)"),
    "more_sites": ("{first}等 {number} 个站点", "{first} and {others} more"),
    "drive_air_begins": ("{sites}：污染过程开始，逐步升到 {levels}", "{sites}: an episode begins, up to {levels}"),
    "drive_air_ends": ("{sites}：污染过程结束", "{sites}: the episode is over"),
    "drive_water_begins": (
        "{sites}：水质转差，逐步到 {levels}，劣于Ⅲ类",
        "{sites}: the water turns bad, towards {levels}, worse than Class III",
    ),
    "drive_water_ends": ("{sites}：水质恢复", "{sites}: the water has recovered"),
    "rain_begins": ("降雨开始，共 {depth:g} mm", "rain begins, {depth:g} mm in all"),
    "rain_ends": ("降雨停止", "the rain ends"),
    "stuck_begins": ("{sites}：{symbol} 传感器卡死，数值不再变化", "{sites}: the {symbol} sensor is stuck"),
    "stuck_ends": ("{sites}：{symbol} 传感器恢复", "{sites}: the {symbol} sensor moves again"),
    "gap_begins": ("{sites}：通信中断", "{sites}: the connection is lost"),
    "gap_ends": ("{sites}：通信恢复，积压数据一次补传", "{sites}: connected again, what was measured arrives at once"),
    "maintenance_begins": (
        "{sites}：维护开始，{symbols} 带标记 M",
        "{sites}: maintenance begins, {symbols} carry the flag M",
    ),
    "maintenance_ends": ("{sites}：维护结束", "{sites}: maintenance is over"),
    "garbage_begins": (
        "{sites}：数采仪故障，每 {every} 条消息有一条无效",
        "{sites}: a broken logger, every {every}th message is rubbish",
    ),
    "garbage_ends": ("{sites}：数采仪恢复", "{sites}: the logger works again"),
    "stopped": ("已中止", "Stopped"),
    "done": ("演示结束", "The demo is over"),
    "failed": ("演示失败：{why}；详见 {log}", "The demo has failed: {why}; see {log}"),
    "accounts": ("去向", "Where everything went"),
    "checks": ("质量检查标出的数据（数值不变）", "What the checks flagged (the values stay)"),
    "values": ("{number} 个", "{number} values"),
    "days": (
        "PM2.5 日均值（µg/m³，临时：有效小时值的简单平均，括号内为不足 24 小时的个数）",
        "PM2.5 day means (µg/m³, provisional: plain means of valid values; in brackets how many, where not 24)",
    ),
    "files": ("文件", "Files"),
    "file_toml": ("设置", "the settings"),
    "file_db": ("数据（SQLite）", "the readings (SQLite)"),
    "file_journal": ("收件、隔离、计数", "inbox, quarantine, accounts"),
    "file_log": ("服务日志", "the service's log"),
    "later": ("之后可查看：{line}", "To look into it: {line}"),
}  # fmt: skip


class Words:
    """The sentences in one language, and the names of the catalogue in it."""

    def __init__(self, language: str, catalogue: Catalogue) -> None:
        self._column = 1 if language == "en" else 0
        self._catalogue = catalogue

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its values."""
        return TEXTS[key][self._column].format(**values)

    def name(self, name: Name) -> str:
        """In this language."""
        return name.en if self._column else name.zh

    def site(self, id_: str) -> str:
        """Its name, or its id where the catalogue does not know it."""
        site = self._catalogue.sites.get(id_)
        return self.name(site.name) if site else id_

    def check(self, check: str, flag: str) -> str:
        """What a failed check says; a device flag by its letter or meaning."""
        meaning = f"flag_{flag}"
        return self(meaning) if check == "flag" and meaning in TEXTS else self(f"check_{check}", flag=flag)

    def value(self, parameter: str, value: float) -> str:
        """With the decimals of the catalogue."""
        return f"{value:.{self._catalogue.parameters[parameter].decimals}f}"


def symbol(parameter: str) -> str:
    """How both languages write it in a narrow column."""
    return SYMBOLS.get(parameter, parameter)


def clock_time(time: datetime) -> str:
    """Month, day, hour and minute in Shanghai."""
    return f"{time.astimezone(SHANGHAI):%m-%d %H:%M}"
