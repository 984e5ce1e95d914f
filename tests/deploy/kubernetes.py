"""What `kubectl kustomize` makes of deploy/kubernetes, and who may reach whom in it."""

import subprocess
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

Resource = Mapping[str, Any]

KUBECTL = Path(sysconfig.get_path("scripts")) / "kubectl"
NAME = "app.kubernetes.io/name"
ENTRANCE = {"liangqu/entrance": "true"}


def build(folder: Path) -> list[Resource]:
    """All resources of an overlay, as the guide's command makes them."""
    done = subprocess.run(
        [KUBECTL, "kustomize", "--load-restrictor", "LoadRestrictionsNone", folder],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return list(YAML(typ="safe", pure=False).load_all(done.stdout))


def of_kind(resources: Iterable[Resource], *kinds: str) -> dict[str, Resource]:
    """Those of some kinds, by name."""
    return {one["metadata"]["name"]: one for one in resources if one["kind"] in kinds}


def workloads(resources: Iterable[Resource]) -> dict[str, Resource]:
    """Whatever has pods, by name."""
    return of_kind(resources, "StatefulSet", "Deployment")


def pod_of(workload: Resource) -> Resource:
    """Its pod's specification."""
    pod: Resource = workload["spec"]["template"]["spec"]
    return pod


def labels_of(workload: Resource) -> Mapping[str, str]:
    """The labels of its pods."""
    labels: Mapping[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def containers(resources: Iterable[Resource]) -> Iterator[tuple[str, Resource]]:
    """Each container with its workload's name."""
    for name, workload in workloads(resources).items():
        for container in pod_of(workload)["containers"]:
            yield name, container


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels; an empty one takes all."""
    plain = selector.get("matchLabels", {}).items() <= labels.items()
    return plain and all(
        {"In": labels.get(one["key"]) in one["values"]}[one["operator"]]
        for one in selector.get("matchExpressions", ())
    )


def may_reach(
    resources: Iterable[Resource], source: Mapping[str, str] | None, target: Mapping[str, str], port: str
) -> bool:
    """Whether policies let pods of these labels in at a named port; source None: from outside the namespace.

    As NetworkPolicy says: nothing is let in once any policy selects a pod, but what one of them names.
    """
    policies = [
        one["spec"]
        for one in of_kind(resources, "NetworkPolicy").values()
        if selects(one["spec"]["podSelector"], target) and "Ingress" in one["spec"]["policyTypes"]
    ]
    return not policies or any(
        _is_let_in(rule, source, port) for policy in policies for rule in policy.get("ingress", ())
    )


def _is_let_in(rule: Resource, source: Mapping[str, str] | None, port: str) -> bool:
    if port not in {one["port"] for one in rule["ports"]}:
        return False
    if "from" not in rule:
        return True
    return any(
        selects(peer["namespaceSelector"], source or {})
        if "namespaceSelector" in peer
        else source is not None and NAME in source and selects(peer["podSelector"], source)
        for peer in rule["from"]
    )


def egress_ports(resources: Iterable[Resource], labels: Mapping[str, str]) -> set[Any]:
    """The ports that pods of these labels may connect to, somewhere."""
    return {
        port["port"]
        for one in of_kind(resources, "NetworkPolicy").values()
        if selects(one["spec"]["podSelector"], labels)
        for rule in one["spec"].get("egress", ())
        for port in rule["ports"]
    }
