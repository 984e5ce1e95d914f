"""deploy/kubernetes: built by kubectl's own kustomize, valid by the API's schemas, and the same as compose.

No cluster is at hand: what is shown is what would be applied, not that it runs.
"""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from ingest.stores.influxdb.section import Influxdb
from liangqu.config import settings
from liangqu.config.factories import open_catalogue
from tests.deploy.deployment import FILES, compose, lay_out
from tests.deploy.kubernetes import (
    ENTRANCE,
    NAME,
    Resource,
    build,
    containers,
    egress_ports,
    labels_of,
    may_reach,
    of_kind,
    pod_of,
    selects,
    workloads,
)
from tests.deploy.test_compose import defaulted
from tests.support.paths import ROOT

OVERLAYS = ("small", "province")
VERSIONS = (
    "1.31",
    "1.34",
    "1.37",
)  # the oldest and newest of which the package has all that is used, and between
COMPOSE = compose(FILES[0])["services"]
OF_COMPOSE = {
    "liangqu": "liangqu",
    "desk": "desk",
    "mosquitto": "mosquitto",
    "influxdb": "influxdb",
    "grafana": "grafana",
}
"""Containers of the small overlay, and what compose calls them."""

OF_COMPOSE_TOO = (
    "deploy/settings/liangqu.toml",
    "deploy/mosquitto/compose.conf",
    "deploy/mosquitto/access.acl",
    "deploy/influxdb/reader.sh",
)
Built = dict[str, list[Resource]]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = lay_out(tmp_path_factory.mktemp("deployment"))
    (made / "deploy" / "secrets" / "gateway_passwords").write_text("* loggers\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def built(deployment: Path) -> Built:
    return {name: build(deployment / "deploy" / "kubernetes" / name) for name in OVERLAYS}


@pytest.fixture(scope="module")
def small(built: Built) -> list[Resource]:
    return built["small"]


@pytest.fixture(scope="module")
def by_name(small: list[Resource]) -> dict[str, Resource]:
    return {container["name"]: container for _, container in containers(small)}


def configured(resources: list[Resource], container: Resource, deployment: Path) -> dict[str, str]:
    """A container's whole environment, secret files where the deployment has them."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        found |= of_kind(resources, "ConfigMap")[source["configMapRef"]["name"]]["data"]
    found |= {one["name"]: one["value"] for one in container["env"] if "value" in one}
    secrets = deployment / "deploy" / "secrets"
    return {key: value.replace("/run/secrets", str(secrets)) for key, value in found.items()}


class TestSchemas:
    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("overlay", OVERLAYS)
    def test_every_resource_satisfies_the_interface(self, overlay: str, version: str, built: Built) -> None:
        """Strictly: a key that the interface does not know is refused."""
        for resource in built[overlay]:
            kubernetes_validate.validate(resource, version, strict=True)
        assert len(built[overlay]) > 20

    @pytest.mark.parametrize(
        ("key", "value"),
        [("replica", 1), ("replicas", "one"), ("serviceName", 7)],
        ids=["unknown key", "a word for a number", "a number for a name"],
    )
    def test_a_mistake_would_be_seen(self, key: str, value: Any, small: list[Resource]) -> None:
        service = of_kind(small, "StatefulSet")["liangqu"]
        spoiled = {**service, "spec": {**service["spec"], key: value}}

        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(spoiled, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
class TestParts:
    def test_whatever_a_pod_mounts_or_reads_is_there(self, overlay: str, built: Built) -> None:
        resources = built[overlay]
        keys = {
            (kind, name): set(one["data"])
            for kind in ("ConfigMap", "Secret")
            for name, one in of_kind(resources, kind).items()
        }
        for name, workload in workloads(resources).items():
            claims = [one["metadata"]["name"] for one in workload["spec"].get("volumeClaimTemplates", ())]
            volumes = {one["name"]: one for one in pod_of(workload)["volumes"]}
            mounted = {one["name"] for c in pod_of(workload)["containers"] for one in c["volumeMounts"]}
            assert mounted == volumes.keys() | set(claims), name
            for volume in volumes.values():
                sources = volume.get("projected", {}).get("sources", [volume])
                for source in sources:
                    if "configMap" in source:
                        found = keys["ConfigMap", source["configMap"]["name"]]
                        assert {one["key"] for one in source["configMap"].get("items", ())} <= found
                    elif "secret" in source:
                        assert keys["Secret", source["secret"]["secretName"]]
        for name, container in containers(resources):
            for one in container.get("env", ()):
                if "valueFrom" in one:
                    asked = one["valueFrom"]["secretKeyRef"]
                    assert asked["key"] in keys["Secret", asked["name"]], (name, one)

    def test_each_service_and_budget_has_its_pods_and_ports(self, overlay: str, built: Built) -> None:
        resources = built[overlay]
        pods = [(labels_of(one), pod_of(one)) for one in workloads(resources).values()]
        for name, service in of_kind(resources, "Service").items():
            (pod,) = [pod for labels, pod in pods if service["spec"]["selector"].items() <= labels.items()]
            ports = {port["name"] for container in pod["containers"] for port in container["ports"]}
            assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports, name
        budgets = of_kind(resources, "PodDisruptionBudget").values()
        for labels, _ in pods:
            assert sum(selects(one["spec"]["selector"], labels) for one in budgets) <= 1, (
                "else none is evicted"
            )
        assert all(any(selects(one["spec"]["selector"], labels) for labels, _ in pods) for one in budgets)

    def test_a_service_is_one_pod_with_a_volume_that_stays(self, overlay: str, built: Built) -> None:
        found = [one for one in workloads(built[overlay]).values() if labels_of(one)[NAME] == "liangqu"]

        for service in found:
            spec = service["spec"]
            (claim,) = spec["volumeClaimTemplates"]
            assert spec["replicas"] == 1
            assert spec["persistentVolumeClaimRetentionPolicy"] == {
                "whenDeleted": "Retain",
                "whenScaled": "Retain",
            }
            assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
            assert pod_of(service)["terminationGracePeriodSeconds"] == 60  # as in compose
        assert len(found) == {"small": 1, "province": 2}[overlay]

    def test_all_pods_satisfy_the_restricted_level(self, overlay: str, built: Built) -> None:
        """Pod Security Standards, "restricted": the namespace refuses others. And no token of the cluster."""
        for name, workload in workloads(built[overlay]).items():
            pod = pod_of(workload)
            assert pod["securityContext"]["runAsNonRoot"], name
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
            assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False, name
            assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
            assert not any("hostPath" in volume for volume in pod["volumes"]), name
        for name, container in containers(built[overlay]):
            assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
        (namespace,) = of_kind(built[overlay], "Namespace").values()
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"

    def test_no_volume_is_mounted_inside_another_that_is_read_only(self, overlay: str, built: Built) -> None:
        """Its place could not be made there."""
        for name, container in containers(built[overlay]):
            places = [(one["mountPath"], one.get("readOnly", False)) for one in container["volumeMounts"]]
            inside = [b for a, only in places for b, _ in places if only and b.startswith(f"{a}/")]
            assert inside == [], name

    def test_what_is_ours_has_probes_that_it_answers(self, overlay: str, built: Built) -> None:
        probes = {
            "liangqu": ("/healthz", "/readyz"),
            "desk": ("/healthz", None),
            "gateway": ("/healthz", "/readyz"),
        }
        for _, container in containers(built[overlay]):
            if container["name"] in probes:
                alive, ready = probes[container["name"]]
                assert container["livenessProbe"]["httpGet"]["path"] == alive
                assert container.get("readinessProbe", {}).get("httpGet", {}).get("path") == ready


class TestSmall:
    def test_images_and_limits_are_those_of_compose(self, by_name: dict[str, Resource]) -> None:
        for name, other in OF_COMPOSE.items():
            ours, theirs = by_name[name], COMPOSE[other]
            assert ours["image"] == defaulted(theirs["image"]), name
            limits = theirs["deploy"]["resources"]["limits"]
            told = {
                key: value.replace("Gi", "G").replace("Mi", "M")
                for key, value in ours["resources"]["limits"].items()
            }
            assert told == {"cpu": limits["cpus"], "memory": limits["memory"]}, name

    @pytest.mark.parametrize("name", ["liangqu", "desk", "influxdb", "grafana"])
    def test_the_environment_is_that_of_compose(
        self, name: str, small: list[Resource], by_name: dict[str, Resource]
    ) -> None:
        here = configured(small, by_name[name], Path("/"))
        there = {key: defaulted(value) for key, value in COMPOSE[name]["environment"].items()}
        there.pop("LIANGQU_INFLUXDB__COMPRESS", None)  # the database may be on another node here

        here = {key: value.replace("//deploy/secrets", "/run/secrets") for key, value in here.items()}
        here = {key: value.replace("/deploy/secrets", "/run/secrets") for key, value in here.items()}

        assert here == there

    def test_the_files_are_those_of_compose(self, small: list[Resource]) -> None:
        maps = of_kind(small, "ConfigMap")
        held = {key: text for one in maps.values() for key, text in one["data"].items()}

        for file in OF_COMPOSE_TOO:
            assert held[Path(file).name] == (ROOT / file).read_text("utf-8"), file
        assert held["liangqu.conf"] == (ROOT / "deploy" / "mosquitto.conf").read_text("utf-8")
        for language in ("zh", "en"):
            (boards,) = [one for name, one in maps.items() if name.startswith(f"boards-{language}-")]
            files = (ROOT / "dashboards" / "boards" / language).glob("*.json")
            assert boards["data"] == {file.name: file.read_text("utf-8") for file in files}
            assert sum(map(len, boards["data"].values())) < 2**20  # no ConfigMap may be larger

    @pytest.mark.parametrize(
        ("source", "target", "port", "may"),
        [
            pytest.param({NAME: "liangqu"}, "mosquitto", "mqtt", True, id="service to broker"),
            pytest.param({NAME: "gateway"}, "mosquitto", "mqtt", True, id="gateway to broker"),
            pytest.param({NAME: "grafana"}, "mosquitto", "mqtt", False, id="boards to broker"),
            pytest.param(None, "mosquitto", "mqtt", False, id="outside to broker without TLS"),
            pytest.param(None, "mosquitto", "mqtts", True, id="stations to broker"),
            pytest.param({NAME: "liangqu"}, "influxdb", "http", True, id="service to database"),
            pytest.param({NAME: "grafana"}, "influxdb", "http", True, id="boards to database"),
            pytest.param({NAME: "mosquitto"}, "influxdb", "http", False, id="broker to database"),
            pytest.param(None, "influxdb", "http", False, id="outside to database"),
            pytest.param(ENTRANCE, "liangqu", "pages", True, id="entrance to pages"),
            pytest.param(ENTRANCE, "liangqu", "desk", True, id="entrance to desk"),
            pytest.param(ENTRANCE, "grafana", "boards", True, id="entrance to boards"),
            pytest.param(ENTRANCE, "influxdb", "http", False, id="entrance to database"),
            pytest.param(None, "liangqu", "pages", False, id="outside to pages"),
            pytest.param({NAME: "grafana"}, "liangqu", "desk", False, id="boards to desk"),
        ],
    )
    def test_who_may_reach_whom(
        self, source: dict[str, str] | None, target: str, port: str, may: bool, small: list[Resource]
    ) -> None:
        assert may_reach(small, source, labels_of(workloads(small)[target]), port) is may

    @pytest.mark.parametrize(
        ("name", "ports"),
        [
            ("liangqu", {53, 1883, 8883, 8086, 443, 465, 587}),
            ("mosquitto", {53}),
            ("influxdb", {53}),
            ("grafana", {53, "http"}),
        ],
    )
    def test_where_each_may_connect_to(self, name: str, ports: set[Any], small: list[Resource]) -> None:
        assert egress_ports(small, labels_of(workloads(small)[name])) == ports

    def test_each_pod_gets_its_own_secrets_only(self, small: list[Resource]) -> None:
        held = {name.rpartition("-")[0]: set(one["data"]) for name, one in of_kind(small, "Secret").items()}

        assert held == {
            "liangqu-accounts": {"mqtt_liangqu", "influxdb_token"},
            "mosquitto-accounts": {"passwords", "server.crt", "server.key"},
            "influxdb-accounts": {"influxdb_token", "influxdb_admin_password", "influxdb_reader_password"},
            "grafana-accounts": {"grafana_admin_password", "influxdb_reader_password"},
        }


class TestProvince:
    def test_shards_share_neither_topics_nor_session_nor_database(
        self, built: Built, deployment: Path
    ) -> None:
        """Read as the service reads them: each with the settings' file of its shard."""
        found = {}
        for name, container in containers(built["province"]):
            shard = name.rpartition("-")[2]
            file = deployment / "deploy" / "kubernetes" / "province" / shard / "liangqu.toml"
            taken = settings.load(file, configured(built["province"], container, deployment))
            assert taken.broker().password
            store = taken.store_section()
            database = store.database if isinstance(store, Influxdb) else ""
            assert taken.shard.name == shard
            found[name, container["name"]] = taken.mqtt.served, taken.mqtt.client_id, database

        services = {name: told for (name, what), told in found.items() if what in {"liangqu", "desk"}}
        assert services.keys() == {"liangqu-north", "liangqu-south"}
        for column in zip(*services.values(), strict=True):
            assert len(set(column)) == len(services), column
        for (name, what), told in found.items():
            assert told[0] == (f"liangqu/{name.rpartition('-')[2]}",), (name, what)

    def test_means_above_the_shards_are_read_from_their_databases(
        self, built: Built, deployment: Path, tmp_path: Path
    ) -> None:
        job = of_kind(built["province"], "CronJob")["zones"]["spec"]["jobTemplate"]
        (container,) = pod_of(job)["containers"]
        assert container["args"] == ["-c", "/etc/liangqu/liangqu.toml", "zones"]
        assert container["image"] == defaulted(COMPOSE["liangqu"]["image"])
        mounted = {one["name"]: one for one in pod_of(job)["volumes"]}
        files = of_kind(built["province"], "ConfigMap")[mounted["settings"]["configMap"]["name"]]["data"]
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")

        own = settings.load(tmp_path / "liangqu.toml", {})
        shards = [settings.load(Path(file), {}) for file in own.zones.shards]

        told = {one.influxdb.database: one.influxdb.url for one in shards}  # type: ignore[attr-defined]
        assert told == {
            of["LIANGQU_INFLUXDB__DATABASE"]: of["LIANGQU_INFLUXDB__URL"]
            for name, one in containers(built["province"])
            if one["name"] == "liangqu"
            for of in [configured(built["province"], one, deployment)]
        }
        assert own.influxdb.database not in told  # type: ignore[attr-defined]
        assert [*open_catalogue(own).wider_zones] == ["zone-province"]
        assert egress_ports(built["province"], labels_of(job)) == {53, 8086}
        assert not may_reach(built["province"], ENTRANCE, labels_of(job), "pages")

    def test_one_service_of_all_shards_is_moved_at_a_time(self, built: Built) -> None:
        province = of_kind(built["province"], "PodDisruptionBudget")["province"]["spec"]
        services = [one for one in workloads(built["province"]).values() if labels_of(one)[NAME] == "liangqu"]

        assert province["maxUnavailable"] == 1
        assert all(selects(province["selector"], labels_of(one)) for one in services)

    def test_a_gateway_is_reached_by_loggers_and_has_no_token(self, built: Built) -> None:
        gateways = {
            name: one
            for name, one in workloads(built["province"]).items()
            if labels_of(one)[NAME] == "gateway"
        }
        secrets = of_kind(built["province"], "Secret")

        for one in gateways.values():
            assert may_reach(built["province"], None, labels_of(one), "loggers")
            assert not may_reach(built["province"], None, labels_of(one), "health")
            (held,) = [v["secret"]["secretName"] for v in pod_of(one)["volumes"] if "secret" in v]
            assert set(secrets[held]["data"]) == {"mqtt_gateway", "gateway_passwords"}
        assert len(gateways) == 2
