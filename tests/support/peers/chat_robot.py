"""Robots of DingTalk, WeCom and Feishu as their documents describe them: what they refuse, in which words.

DingTalk: "自定义机器人接入" (https://open.dingtalk.com/document/robots/custom-robot-access)
WeCom: "消息推送配置说明" (https://developer.work.weixin.qq.com/document/path/91770)
Feishu: "自定义机器人使用指南" (https://open.feishu.cn/document/ukTMukTMukTM/ucTM5YjL3ETO24yNxkjN)
They refuse with status 200.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, str], bytes]


def said(fields: dict[str, Any], status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    return status, headers, json.dumps(fields).encode()


class ChatRobot:
    """One robot on the loopback; use as a context manager.

    Args:
        kind: `dingtalk`, `wecom` or `feishu`.
        secret: It wants messages signed with it.
        keyword: It wants this word in each message.
        per_minute: More messages than so many within a minute are refused.
    """

    def __init__(self, kind: str, *, secret: str = "", keyword: str = "", per_minute: int = 20) -> None:
        self.kind = kind
        self.secret = secret
        self.keyword = keyword
        self.per_minute = per_minute
        self.forbidden = ""  # DingTalk does not like these words
        self.script: list[Answer] = []  # given first, one after the other
        self.always: Answer | None = None  # given then, instead of its own verdict
        self.asked: list[float] = []
        self.keys: list[str] = []  # of each request, for those who want none twice
        self.texts: list[str] = []  # taken
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer = robot._answer(self.path, body)
                robot.keys.append(self.headers["Idempotency-Key"])
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        place = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = (
            place
            + {
                "dingtalk": "/robot/send?access_token=t0ken",
                "wecom": "/cgi-bin/webhook/send?key=t0ken",
                "feishu": "/open-apis/bot/v2/hook/t0ken",
            }[kind]
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, path: str, body: bytes) -> Answer:
        self.asked.append(time.time())
        if self.script:
            return self.script.pop(0)
        if self.always:
            return self.always
        verdict, text = getattr(self, f"_{self.kind}")(urlsplit(path), body)
        if verdict is None:
            self.texts.append(text)
        taken = {"code": 0, "data": {}, "msg": "success"} if self.kind == "feishu" else {"errcode": 0}
        return said(verdict or {**taken, "errmsg": "ok"})

    def _busy(self) -> bool:
        now = time.time()
        return sum(1 for moment in self.asked if now - moment < 60) > self.per_minute

    def _dingtalk(self, address: Any, body: bytes) -> tuple[dict[str, Any] | None, str]:
        query = parse_qs(address.query)
        if query.get("access_token") != ["t0ken"]:
            return {"errcode": 300005, "errmsg": "token is not exist"}, ""
        if len(body) > 20_000:
            return {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}, ""
        text = json.loads(body)["text"]["content"]
        if self.secret and not self._signed(query):
            return {"errcode": 310000, "errmsg": "sign not match"}, ""
        if self.forbidden and self.forbidden in text:
            return {"errcode": 430102, "errmsg": "含有不合适的文本"}, ""
        if self.keyword not in text:
            return {"errcode": 310000, "errmsg": "keywords not in content"}, ""
        if self._busy():
            return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}, ""
        return None, text

    def _signed(self, query: dict[str, list[str]]) -> bool:
        moment = query.get("timestamp", ["0"])[0]
        text = f"{moment}\n{self.secret}".encode()
        right = base64.b64encode(hmac.new(self.secret.encode(), text, hashlib.sha256).digest()).decode()
        return abs(int(moment) / 1000 - time.time()) < 3600 and query.get("sign") == [right]

    def _wecom(self, address: Any, body: bytes) -> tuple[dict[str, Any] | None, str]:
        if parse_qs(address.query).get("key") != ["t0ken"]:
            return {"errcode": 93000, "errmsg": "invalid webhook url"}, ""
        text = json.loads(body)["text"]["content"]
        if len(text.encode()) > 2048:
            return {"errcode": 45002, "errmsg": "content size out of limit"}, ""
        if self._busy():
            return {"errcode": 45009, "errmsg": "api freq out of limit"}, ""
        return None, text

    def _feishu(self, address: Any, body: bytes) -> tuple[dict[str, Any] | None, str]:
        if not address.path.endswith("/t0ken"):
            return {
                "code": 19001,
                "data": {},
                "msg": "param invalid: incoming webhook access token invalid",
            }, ""
        if len(body) > 20 * 1024:
            return {"code": 9499, "data": {}, "msg": "Bad Request"}, ""
        given = json.loads(body)
        if self.secret:
            text = f"{given.get('timestamp')}\n{self.secret}".encode()
            right = base64.b64encode(hmac.new(text, b"", hashlib.sha256).digest()).decode()
            if given.get("sign") != right or abs(int(given["timestamp"]) - time.time()) > 3600:
                words = "sign match fail or timestamp is not within one hour from current time"
                return {"code": 19021, "data": {}, "msg": words}, ""
        if self.keyword not in given["content"]["text"]:
            return {"code": 19024, "data": {}, "msg": "Key Words Not Found"}, ""
        if self._busy():
            return {"code": 11232, "data": {}, "msg": "frequency limited psm[lark.oapi]appID[1500]"}, ""
        return None, given["content"]["text"]
