"""A real cluster of three NATS servers with JetStream and MQTT 3.1.1, nodes to be killed one by one."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from tests.support.servers import Server, free_port, wait_until

# As docs/broker-cluster.md has it, but for what the test needs to start quickly.
CONFIGURATION = """\
server_name: {name}
listen: "127.0.0.1:{clients}"
http: "127.0.0.1:{pages}"
jetstream {{ store_dir: "{folder}/jetstream", max_mem: 64M, max_file: 2G }}
cluster {{ name: liangqu, listen: "127.0.0.1:{route}", routes: [{routes}] }}
mqtt {{
  host: "127.0.0.1"
  port: {port}
  ack_wait: "5s"
  max_ack_pending: 3500
  stream_replicas: 3
  consumer_replicas: 3
}}
"""


OTHERS = 2
"""Nodes beside each."""


class NatsNode(Server):
    """One node; `routes` are the ports at which the nodes find each other, the first its own."""

    program = "nats-server"
    scheme = "mqtt"

    def __init__(self, folder: Path, routes: Sequence[int]) -> None:
        self._routes, self._pages, self._clients = routes, free_port(), free_port()
        super().__init__(folder)

    @property
    def address(self) -> str:
        """As it stands in `[mqtt] hosts`."""
        return f"127.0.0.1:{self.port}"

    def streams(self) -> dict[str, bool] | None:
        """The streams that this node leads, and whether all other nodes have caught up with each.

        None while it does not answer, or knows of no leader of the cluster.
        """
        try:
            said = self._ask("/jsz?accounts=1&streams=1")
        except (urllib.error.URLError, OSError, ValueError):
            return None
        if not said.get("meta_cluster", {}).get("leader"):
            return None
        details = [
            each
            for account in said.get("account_details") or []
            for each in account.get("stream_detail") or []
        ]
        return {
            each["name"]: sum(replica["current"] for replica in each["cluster"].get("replicas", ())) == OTHERS
            for each in details
            if each["cluster"].get("leader") == self.folder.name
        }

    def _configuration(self) -> str:
        own, *others = self._routes
        return CONFIGURATION.format(
            name=self.folder.name, clients=self._clients, pages=self._pages, folder=self.folder,
            route=own, routes=", ".join(f"nats://127.0.0.1:{port}" for port in others), port=self.port,
        )  # fmt: skip

    def _arguments(self) -> list[str]:
        return ["-c", str(self._config)]

    def _ready(self) -> bool:
        return self.streams() is not None

    def _ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._pages}{path}", timeout=2) as answer:
            return json.load(answer)


class NatsCluster:
    """Three nodes, each in a folder of its own."""

    def __init__(self, make_folder: Callable[[str], Path]) -> None:
        ports = [free_port() for _ in range(3)]
        turns = [ports[first:] + ports[:first] for first in range(3)]
        self._streams = 0  # as many as there have ever been: each has a leader again
        self.nodes = [NatsNode(make_folder("nats"), turn) for turn in turns]

    @property
    def hosts(self) -> list[str]:
        """What `[mqtt] hosts` is to hold."""
        return [node.address for node in self.nodes]

    def start(self) -> Self:
        """Start all nodes that are down; returns when each is there, and has all that the others have."""
        for node in self.nodes:
            if node.pid is None:
                node.launch()
        wait_until(self._is_whole)
        return self

    def _is_whole(self) -> bool:
        # Not /healthz: in 2.9.10 it calls a node that came back unavailable until each idle consumer is used.
        led = [node.streams() for node in self.nodes]
        known = {name: current for each in led for name, current in (each or {}).items()}
        self._streams = max(self._streams, len(known))
        return None not in led and len(known) == self._streams and all(known.values())

    def kill(self) -> None:
        """End all nodes at once."""
        for node in self.nodes:
            node.kill()
