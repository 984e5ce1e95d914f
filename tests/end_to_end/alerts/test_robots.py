"""From a reading to a group's robot: what it refuses is not told, and whoever looks is told why."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.alerts.test_notification import RULES, now, only, publish
from tests.support.liangqu_process import StartLiangqu
from tests.support.peers.chat_robot import ChatRobot, said
from tests.support.peers.receivers import HttpReceiver
from tests.support.servers import Mosquitto

NOTIFY = """\
[[channel]]
id = "group"
{kind} = "{robot}"
secret = "SECgeheim"
[[channel]]
id = "hook"
webhook = "{hook}"
[[route]]
severity = "watch"
to = ["group", "hook"]
[wait]
recovery = "0s"
over = "0s"
group = "0s"
digest = "0s"
"""
FAILING = """
[[rule]]
id = "channel-failing"
category = "system"
statistic = "system"
parameters = ["channel"]
levels = [{ severity = "warning", limit = 1 }]
name = { zh = "通知渠道发送失败", en = "Notification channel failing" }
"""
COUNT = 'liangqu_notifications_total{channel="group",result="%s"}'


def settings(folder: Path, robot: ChatRobot, hook: HttpReceiver) -> str:
    (folder / "rules.toml").write_text(only(RULES + FAILING), encoding="utf-8")
    notify = NOTIFY.format(kind=robot.kind, robot=robot.url, hook=hook.url)
    (folder / "notify.toml").write_text(notify, encoding="utf-8")
    return (
        f'[alerts]\nrules = ["{folder / "rules.toml"}"]\nnotify_file = "{folder / "notify.toml"}"\n'
        'page_max_age = "none"\n'
    )


@pytest.mark.server
def test_what_a_robot_refuses_is_not_sent_and_everybody_else_hears_why(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, ChatRobot("dingtalk", secret="SECgeheim", keyword="报警") as robot:
        service = start_liangqu(mosquitto.port, more=settings(tmp_path, robot, hook))
        publish(mosquitto, [(now(), 30.0)])
        service.wait_until(lambda: len(hook.events()) == 2, "the alarm, and that a channel fails")
        service.wait_until(lambda: service.metrics().get(COUNT % "refused", 0) >= 2, "both counted")

        assert [event["rule"] for event in hook.events()] == ["air-bad", "channel-failing"]
        assert "DingTalk refuses: keyword" in hook.events()[1]["message"]
        assert COUNT % "sent" not in service.metrics()
        [warning] = service.readyz()["warnings"]
        assert warning.startswith("channel group: DingTalk refuses: keyword, signature or IP address")
        asked = len(robot.asked)
        assert robot.texts == []

        service.kill()
        service.start()
        assert any("channel group" in words for words in service.readyz()["warnings"])
        robot.keyword = "两区"
        service.command("alerts", "test", "--by", "李")
        service.wait_until(lambda: len(robot.texts) >= 1, "taken")
        refused = int(service.metrics()[COUNT % "refused"])
        gone = f"channel group: {refused} of the last 24 h never arrived: DingTalk refuses: "
        service.wait_until(lambda: str(service.readyz()["warnings"][0]).startswith(gone), "not forgotten")
        assert len(robot.asked) - asked == len(robot.texts)  # what was refused did not come again
        log = service.log.read_text(encoding="utf-8")
        assert "keyword" in log
        assert "t0ken" not in log + json.dumps(service.readyz()) + str(hook.events())
        assert "SECgeheim" not in log


@pytest.mark.server
@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
def test_what_a_robot_puts_off_arrives_once(
    kind: str, mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, ChatRobot(kind, secret="" if kind == "wecom" else "SECgeheim") as robot:
        busy = {"code": -1, "msg": "busy"} if kind == "feishu" else {"errcode": -1, "errmsg": "system busy"}
        robot.script = [said(busy, 429, **{"Retry-After": "1"}), (200, {}, b"<html>"), said(busy)]
        service = start_liangqu(mosquitto.port, more=settings(tmp_path, robot, hook))
        publish(mosquitto, [(now(), 30.0)])
        service.wait_until(lambda: any("五金库" in text for text in robot.texts), "taken after all")
        service.wait_until(lambda: service.metrics().get(COUNT % "sent", 0) >= 1, "counted")

        figures = service.metrics()
        assert figures[COUNT % "failed"] >= 3
        assert COUNT % "refused" not in figures
        assert sum("五金库" in text for text in robot.texts) == 1


@pytest.mark.server
def test_check_and_test_name_what_was_not_tried(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, ChatRobot("wecom") as robot:
        more = settings(tmp_path, robot, hook)
        with (tmp_path / "notify.toml").open("a", encoding="utf-8") as file:
            file.write('[[channel]]\nid = "odd"\nurl = "mmost://127.0.0.1/t0ken"\n')
            file.write('[[channel]]\nid = "phone"\nurl = "schan://t0ken0000"\n')
        service = start_liangqu(mosquitto.port, more=more)

        text = service.settings.read_text("utf-8")
        service.settings.write_text(
            text.replace("[http]\n", '[http]\npublic_url = "https://a.example.org"\n', 1), "utf-8"
        )
        told = service.command("check")
        warnings = [line for line in told.splitlines() if line.startswith("warning")]
        assert len(warnings) == 1
        assert "channel odd (mmost://127.0.0.1): whether mmost:// counts a refused message" in warnings[0]
        assert "schan://…" in told
        assert "t0ken" not in told

        done = service._run(("alerts", "test", "--by", "李"))
        assert done.returncode == 0
        assert "warning: channel odd" in done.stderr
