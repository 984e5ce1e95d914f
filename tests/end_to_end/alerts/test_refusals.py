"""What a channel never takes: somebody else has it, the operator sees it, and `alerts test` says it."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sensors.calendar import SHANGHAI
from tests.end_to_end.alerts.test_notification import RULES, now, only, publish
from tests.support.liangqu_process import StartLiangqu
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.servers import Mosquitto

NOTIFY = """\
[[channel]]
id = "wang-app"
kind = "webhook"
url = "{app}"
[[channel]]
id = "li-mail"
kind = "mail"
url = "mailto://127.0.0.1:{mail}?from=alerts@example.org&to=li@example.org&mode=insecure"
[[channel]]
id = "centre"
webhook = "{centre}"
[[channel]]
id = "spare"
webhook = "http://127.0.0.1:9/"
[[person]]
id = "wang"
name = "王"
channels = ["wang-app"]
[[person]]
id = "li"
name = "李"
channels = ["li-mail"]
[duty]
people = ["wang", "li"]
since = {monday:%Y-%m-%d}
[[route]]
to = ["duty"]
[[route]]
to = ["centre"]
severity = "critical"
[wait]
group = "0s"
digest = "0s"
"""


def settings(folder: Path, app: HttpReceiver, mail: SmtpReceiver, centre: HttpReceiver) -> str:
    (folder / "rules.toml").write_text(only(RULES), encoding="utf-8")
    today = datetime.now(SHANGHAI) - timedelta(hours=9)  # when duty changes
    monday = today - timedelta(days=today.weekday())
    notify = NOTIFY.format(app=app.url, mail=mail.port, centre=centre.url, monday=monday)
    (folder / "notify.toml").write_text(notify, encoding="utf-8")
    return (
        f'[alerts]\nrules = ["{folder / "rules.toml"}"]\nnotify_file = "{folder / "notify.toml"}"\n'
        'page_max_age = "none"\n'
    )


@pytest.mark.server
def test_the_next_on_duty_has_at_once_what_the_first_ones_channel_refuses(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as app, SmtpReceiver() as mail, HttpReceiver() as centre:
        app.status = 401
        service = start_liangqu(mosquitto.port, more=settings(tmp_path, app, mail, centre))
        publish(mosquitto, [(now(), 30.0)])
        service.wait_until(lambda: len(mail.mails) == 1, "the next person has it")

        figures = service.metrics()
        counts = {
            result: figures.get(f'liangqu_notifications_total{{channel="wang-app",result="{result}"}}', 0)
            for result in ("refused", "rerouted", "failed")
        }
        assert counts == {"refused": 1, "rerouted": 1, "failed": 0}
        assert app.refused == 1
        [warning] = service.readyz()["warnings"]
        assert warning.startswith(
            "channel wang-app: the webhook answered 401; 1 of the last 24 h never arrived"
        )
        assert "rerouted" in service.log.read_text(encoding="utf-8")


@pytest.mark.server
def test_the_test_waits_and_says_a_line_a_channel(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as app, SmtpReceiver() as mail, HttpReceiver() as centre:
        service = start_liangqu(mosquitto.port, more=settings(tmp_path, app, mail, centre))
        assert service.command("alerts", "test", "--by", "李").splitlines() == [
            "wang-app (http://127.0.0.1): sent",
            "li-mail (mailto://127.0.0.1): not tried: no route leads to it now",
            "centre (http://127.0.0.1): sent",
            "spare (http://127.0.0.1): not tried: no route leads to it now",
        ]
        assert len(app.posts) == len(centre.posts) == 1

        app.status, centre.status = 403, 503
        done = service._run(("alerts", "test", "--wait", "3s"))
        assert done.returncode == 1
        assert done.stdout.splitlines()[0] == "wang-app (http://127.0.0.1): failed: the webhook answered 403"
        assert done.stdout.splitlines()[2] == (
            "centre (http://127.0.0.1): failed: the webhook answered 503; it is tried again"
        )
        assert mail.mails == []  # a test is handed to nobody

        service.stop()
        done = service._run(("alerts", "test", "--wait", "1s", "--json"))
        assert done.returncode == 1
        found = json.loads(done.stdout)["channels"]
        assert {row["result"] for row in found} == {"waiting"}
        assert found[0]["why"] == "the service has not begun; does liangqu run?"
