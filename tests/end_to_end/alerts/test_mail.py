"""Mail to two, one of whom the server does not know: the running service, a real SMTP server."""

from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.end_to_end.alerts.test_notification import RULES, now, only, publish
from tests.support.liangqu_process import StartLiangqu
from tests.support.peers.receivers import SmtpReceiver
from tests.support.servers import Mosquitto

NOTIFY = """\
[[channel]]
id = "mail"
url = "mailto://127.0.0.1:%d?from=alerts@example.org&to=good@example.org,bad@example.org&mode=insecure"
[[route]]
to = ["mail"]
[wait]
recovery = "0s"
over = "0s"
group = "0s"
digest = "0s"
"""
COUNT = 'liangqu_notifications_total{channel="mail",result="%s"}'


class Choosy(SmtpReceiver):
    """Answers `bad@` as it is told."""

    answer = "450 4.2.0 greylisted"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("bad@") and not self.answer.startswith("250"):
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"


def settings(folder: Path, mail: SmtpReceiver) -> str:
    (folder / "rules.toml").write_text(only(RULES), encoding="utf-8")
    (folder / "notify.toml").write_text(NOTIFY % mail.port, encoding="utf-8")
    return (
        f'[alerts]\nrules = ["{folder / "rules.toml"}"]\nnotify_file = "{folder / "notify.toml"}"\n'
        'page_max_age = "none"\n'
    )


@pytest.mark.server
def test_the_good_one_has_one_mail_however_often_the_bad_one_is_tried(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with Choosy() as mail:
        service = start_liangqu(mosquitto.port, more=settings(tmp_path, mail))
        publish(mosquitto, [(now(), 30.0)])
        service.wait_until(lambda: service.metrics().get(COUNT % "failed", 0) >= 2, "tried again")
        [warning] = service.readyz()["warnings"]
        assert warning == "channel mail: the mail server does not take the recipient for now (450 4.2.0)"
        service.kill()
        service.start()
        service.wait_until(lambda: service.metrics().get(COUNT % "failed", 0) >= 3, "and after a kill")
        assert [each["To"] for each in mail.mails] == ["good@example.org"]

        mail.answer = "250 OK"
        service.wait_until(lambda: len(mail.mails) == 2, "taken after all")
        assert mail.mails[1]["To"] == "bad@example.org"
        service.wait_until(lambda: service.readyz()["warnings"] == [], "over")
        service.wait_until(lambda: service.metrics()[COUNT % "sent"] == 2, "counted")
        assert "bad@example.org" not in service.log.read_text(encoding="utf-8")


@pytest.mark.server
def test_who_the_server_does_not_know_is_said_and_not_tried_again(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with Choosy() as mail:
        mail.answer = "550 5.1.1 <bad@example.org>: user unknown"
        service = start_liangqu(mosquitto.port, more=settings(tmp_path, mail))
        publish(mosquitto, [(now(), 30.0)])
        service.wait_until(lambda: service.metrics().get(COUNT % "refused", 0) == 1, "refused")
        service.wait_until(lambda: service.metrics().get(COUNT % "sent", 0) == 1, "sent")

        publish(mosquitto, [(now(), 5.0)])
        service.wait_until(lambda: len(mail.mails) == 2, "over, for who knew that it fired")
        assert [each["To"] for each in mail.mails] == ["good@example.org"] * 2
        assert service.metrics()[COUNT % "refused"] == 1
        [warning] = service.readyz()["warnings"]
        reason = "the mail server refuses the recipient (550 5.1.1)"
        assert warning == f"channel mail: {reason}; 1 of the last 24 h never arrived"
