"""The emptiest alarm there is: a message beyond the limit is posted to a webhook; nothing is kept or judged.

python -m benchmarks.service._echo BROKER_PORT URL      until it is stopped
"""

import json
import sys
import threading
from datetime import datetime
from queue import SimpleQueue
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from alerts.notify.channels import http
from benchmarks.service._load import HIGH
from ingest.mqtt.broker import Broker, connect

TOPIC = "liangqu/air/+"


def post(url: str, due: "SimpleQueue[tuple[str, str]]") -> None:
    """Post one after the other."""
    while True:
        site, time = due.get()
        body = json.dumps({"events": [{"site": site, "time": time}]}).encode()
        http.post(url, body, {"Content-Type": "application/json"})


def main(port: int, url: str) -> None:
    """Subscribe, say so, and echo."""
    due: SimpleQueue[tuple[str, str]] = SimpleQueue()
    client = Client(CallbackAPIVersion.VERSION2, client_id="echo", protocol=MQTTv5)

    def on_connect(*_: Any) -> None:
        client.subscribe(TOPIC, qos=1)

    def on_subscribe(*_: Any) -> None:
        print("subscribed", flush=True)

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        if HIGH in message.payload:
            moment = datetime.fromisoformat(json.loads(message.payload)["time"])
            due.put((message.topic.rpartition("/")[2], moment.isoformat()))

    client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, on_message
    threading.Thread(target=post, args=(url, due), daemon=True).start()
    connect(client, Broker(port=port), session_expiry=0, receive_maximum=500)
    client.loop_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
