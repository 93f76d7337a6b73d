"""The manifests in docs/kubernetes are what Kubernetes and the CRDs of Dask take, and say what gameday needs."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import click
import jsonschema_rs
import pytest
import yaml

from gameday.cluster.connection import RESOURCE
from gameday.commands.reconcile import reconcile

MANIFEST = Path(__file__).parents[3] / "docs" / "kubernetes" / "dask-cluster.yaml"
#: As the package of the operator has them; `make crds` installs it, without what it requires.
CRD = (
    Path(__file__).parent
    / "operator/.installed/dask_kubernetes/operator/deployment/helm/dask-kubernetes-operator/crds/daskcluster.yaml"
)


@pytest.fixture
def manifest() -> Any:
    return yaml.safe_load(MANIFEST.read_text())


@pytest.fixture(scope="module")
def schema() -> Any:
    crd = yaml.load(CRD.read_text(), yaml.CSafeLoader)
    assert crd["spec"]["names"]["kind"] == "DaskCluster"
    [version] = crd["spec"]["versions"]
    return closed(version["schema"]["openAPIV3Schema"])


def closed(schema: Any) -> Any:
    """The schema with nothing beside the properties that it names: an API server drops what it does not know."""
    if isinstance(schema, dict):
        found = {key: closed(value) for key, value in schema.items()}
        if isinstance(found.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
            found.setdefault("additionalProperties", False)
        if found.pop("x-kubernetes-int-or-string", False):
            found.pop("type", None)
        return found
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


def problems(manifest: Any, schema: Any) -> list[str]:
    body = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")}
    return [error.message for error in jsonschema_rs.Draft4Validator(schema).iter_errors(body)]


@pytest.mark.needs("dask_crds")
def test_the_manifest_is_what_the_crd_takes(manifest: Any, schema: Any) -> None:
    assert (manifest["apiVersion"], manifest["kind"]) == ("kubernetes.dask.org/v1", "DaskCluster")
    assert problems(manifest, schema) == []


@pytest.mark.needs("dask_crds")
@pytest.mark.parametrize(
    "path",
    [
        ("spec", "worker", "spec", "containers", 0, "imagee"),
        ("spec", "worker", "replicass"),
        ("spec", "scheduler", "services"),
        ("spec", "worker", "spec", "volumes", 0, "secrets"),
    ],
)
def test_a_field_that_the_crd_does_not_know_is_found(manifest: Any, schema: Any, path: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(manifest)
    place = changed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = "x"
    assert problems(changed, schema) != []


@pytest.mark.needs("dask_crds")
def test_a_scheduler_without_a_service_is_found(manifest: Any, schema: Any) -> None:
    del manifest["spec"]["scheduler"]["service"]
    assert problems(manifest, schema) != []


def test_a_worker_says_how_many_runs_fit_it_has_a_thread_for_each_and_heals_when_it_starts(manifest: Any) -> None:
    [worker] = manifest["spec"]["worker"]["spec"]["containers"]
    options = dict(zip(worker["args"], worker["args"][1:], strict=False))
    assert options["--resources"] == f"{RESOURCE}={options['--nthreads']}"
    assert options["--preload"] == "gameday.cluster.dask_tasks"


def test_every_connection_is_encrypted(manifest: Any) -> None:
    for part in ("worker", "scheduler"):
        [container] = manifest["spec"][part]["spec"]["containers"]
        values = {each["name"]: each.get("value") for each in container["env"]}
        assert values["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] == "true"
        assert container["args"][container["args"].index("--protocol") + 1] == "tls"


@pytest.fixture
def nightly() -> Any:
    return yaml.safe_load(MANIFEST.with_name("reconcile-cronjob.yaml").read_text())


@pytest.mark.needs("dask_crds")
def test_the_pod_of_the_nightly_reconciliation_is_what_kubernetes_takes(nightly: Any, schema: Any) -> None:
    of_pods = schema["properties"]["spec"]["properties"]["worker"]["properties"]["spec"]
    pod = nightly["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert [each.message for each in jsonschema_rs.Draft4Validator(of_pods).iter_errors(pod)] == []
    pod["containers"][0]["imagee"] = "x"
    assert not jsonschema_rs.Draft4Validator(of_pods).is_valid(pod)


def test_the_nightly_reconciliation_is_a_command_of_gameday_that_is_not_run_again(nightly: Any) -> None:
    job = nightly["spec"]["jobTemplate"]["spec"]
    [container] = job["template"]["spec"]["containers"]
    program, command, *options = container["args"]
    assert (program, command) == ("gameday", "reconcile")
    given = reconcile.make_parser(click.Context(reconcile, help_option_names=["-h", "--help"])).parse_args(options)[0]
    assert given["since"] == "2026-01-01"
    assert (job["backoffLimit"], job["template"]["spec"]["restartPolicy"]) == (0, "Never")
    mounted = [each["mountPath"] for each in container["volumeMounts"]]
    assert all(any(given[name].startswith(path) for path in mounted) for name in ("kept", "out"))
