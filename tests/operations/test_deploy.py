"""The files of deploy/ name settings, commands, ports and paths that there are."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from hub.cli import cli
from hub.settings import Settings
from registry.app import create_app

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(p for p in DEPLOY.rglob("*") if p.is_file())
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))

#: Settings by the names of their variables.
SETTINGS = {"PORT" if f.name == "port" else f"HUB_{f.name.upper()}" for f in fields(Settings)}
#: Read by the libraries of the object store.
OF_STORE = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ALLOW_HTTP",
}
DEFAULTS = Settings.load({"HUB_HOME": "hub"})


def documents() -> list[dict[str, Any]]:
    return [d for path in MANIFESTS for d in yaml.safe_load_all(path.read_text("utf-8"))]


def kind(name: str) -> list[dict[str, Any]]:
    return [d for d in documents() if d["kind"] == name]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def nodes() -> list[dict[str, Any]]:
    return [s for name, s in compose()["services"].items() if name.startswith("node-")]


def unit(name: str) -> dict[str, list[str]]:
    """The settings of a systemd unit: a key may come several times."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "machine" / name).read_text("utf-8").splitlines():
        key, given, value = line.partition("=")
        if given and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def dockerfile() -> Iterator[tuple[str, str]]:
    """Instructions and what they say, continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    for line in text.splitlines():
        name, _, rest = line.strip().partition(" ")
        if name:
            yield name, rest.strip()


def pods() -> Iterator[dict[str, Any]]:
    for deployment in kind("Deployment"):
        yield deployment["spec"]["template"]["spec"]
    for job in kind("CronJob"):
        yield job["spec"]["jobTemplate"]["spec"]["template"]["spec"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_setting_named_is_one(path: Path) -> None:
    named = set(re.findall(r"\bHUB_[A-Z_]+\b", path.read_text("utf-8")))
    assert named - SETTINGS == set()


def test_what_containers_are_given_is_read_by_something() -> None:
    for node in nodes():
        assert set(node["environment"]) - SETTINGS - OF_STORE == set()
    for document in (*kind("ConfigMap"), *kind("Secret")):
        given = {**document.get("data", {}), **document.get("stringData", {})}
        assert set(given) - SETTINGS - OF_STORE == set()
        assert all(isinstance(value, str) for value in given.values()), "Kubernetes wants texts"


def test_the_values_are_ones_that_the_hub_takes() -> None:
    for node in nodes():
        Settings.load({k: re.sub(r"\$\{.*?\}", "x", v) for k, v in node["environment"].items()})
    held: dict[str, str] = {}
    for document in (*kind("ConfigMap"), *kind("Secret")):
        held |= {**document.get("data", {}), **document.get("stringData", {})}
    assert Settings.load(held).store_url.startswith("s3://")
    lines = unit("mighub.service")["Environment"]
    assert Settings.load(dict(line.split("=", 1) for line in lines)).home == Path("/srv/hub")


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every call of the command line."""
    said = dict(dockerfile())
    entry, default = json.loads(said["ENTRYPOINT"]), json.loads(said["CMD"])
    assert entry == ["mighub"]
    yield "Dockerfile", default
    for pod in pods():
        for container in pod["containers"]:
            yield "kubernetes", container["args"]
    for name in ("mighub.service", "mighub-backup.service"):
        for line in unit(name)["ExecStart"]:
            program, *arguments = shlex.split(line)
            assert Path(program).name == "mighub"
            yield name, arguments


def test_every_command_is_one() -> None:
    for where, (name, *rest) in commands():
        command = cli.get_command(click.Context(cli), name)
        assert command is not None, f"{where}: {name}"
        command.make_context(name, list(rest))  # refuses options and arguments it does not know


def test_ports_agree() -> None:
    said = list(dockerfile())
    (exposed,) = (rest for name, rest in said if name == "EXPOSE")
    assert any("PORT=8080" in rest for name, rest in said if name == "ENV")
    assert exposed == "8080"
    proxy = (DEPLOY / "proxy.conf").read_text("utf-8")
    assert set(re.findall(r"server (node-\d):(\d+)", proxy)) == {
        (name, "8080") for name in compose()["services"] if name.startswith("node-")
    }
    (listened,) = re.findall(r"listen (\d+);", proxy)
    (published,) = compose()["services"]["proxy"]["ports"]
    assert published.split(":")[1] == listened
    (port,) = [
        line.split("=")[1] for line in unit("mighub.service")["Environment"] if "PORT=" in line
    ]
    assert re.findall(
        r"server 127\.0\.0\.1:(\d+)", (DEPLOY / "machine/nginx.conf").read_text()
    ) == [port]
    (deployment,) = kind("Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert [p["containerPort"] for p in container["ports"]] == [8080]
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == "8080"
    (service,) = kind("Service")
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]


def test_probes_and_scrapes_ask_what_the_hub_answers(tmp_path: Path) -> None:
    from hub.store.home import Hub

    asked = {"/metrics", "/health"}
    for pod in pods():
        for container in pod["containers"]:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                if probe in container:
                    asked.add(container[probe]["httpGet"]["path"])
    with Hub.init(Settings.load({"HUB_HOME": str(tmp_path)})) as hub:
        client = create_app(hub).test_client()
        assert {path: client.get(path).status_code for path in asked} == dict.fromkeys(asked, 200)


def test_containers_run_as_nobody_over_a_file_system_that_cannot_be_written_to() -> None:
    (user,) = (rest for name, rest in dockerfile() if name == "USER")
    assert user == "10001:10001"
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True
            assert security["allowPrivilegeEscalation"] is False
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert {m["mountPath"] for m in container["volumeMounts"]} >= {"/hub", "/tmp"}
    for node in nodes():
        assert node["read_only"] is True
        assert node["tmpfs"] == ["/tmp"]
        assert [v.split(":")[1] for v in node["volumes"]] == ["/hub"]


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_whoever_stops_the_hub_waits_for_its_grace() -> None:
    for node in nodes():
        grace = int(node["environment"].get("HUB_GRACE_SECONDS", DEFAULTS.grace_seconds))
        assert seconds(node["stop_grace_period"]) > grace + 10
    (deployment,) = kind("Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (configuration,) = kind("ConfigMap")
    waits = int(pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > waits + int(
        configuration["data"]["HUB_GRACE_SECONDS"]
    )
    assert int(unit("mighub.service")["TimeoutStopSec"][0]) > DEFAULTS.grace_seconds


def test_names_within_the_manifests_lead_somewhere() -> None:
    names = {(d["kind"], d["metadata"]["name"]) for d in documents()}
    for pod in pods():
        volumes = {v["name"] for v in pod["volumes"]}
        for container in pod["containers"]:
            assert {m["name"] for m in container["volumeMounts"]} == volumes
            for source in container["envFrom"]:
                ((reference, target),) = source.items()
                wanted = {"configMapRef": "ConfigMap", "secretRef": "Secret"}[reference]
                assert (wanted, target["name"]) in names
    (deployment,) = kind("Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selectors = [
        deployment["spec"]["selector"]["matchLabels"],
        *(d["spec"]["selector"]["matchLabels"] for d in kind("PodDisruptionBudget")),
        *(d["spec"]["selector"] for d in kind("Service")),
    ]
    assert all(labels.items() >= selector.items() for selector in selectors)
    # The jobs are not behind the Service.
    (job,) = kind("CronJob")
    assert not job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"].items() >= (
        labels.items()
    )


def test_the_images_are_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert {c["image"] for pod in pods() for c in pod["containers"]} == {f"mighub:{version}"}


def test_the_image_has_what_it_needs_and_nothing_to_build_with() -> None:
    said = list(dockerfile())
    starts = [i for i, (name, _) in enumerate(said) if name == "FROM"]
    assert len(starts) == 2
    final = said[starts[1] :]
    copied = [rest.split() for name, rest in said[: starts[1]] if name == "COPY"]
    sources = {part for one in copied for part in one[:-1]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {f.removesuffix("*") for f in found} <= sources
    assert all((ROOT / one).exists() for one in sources)
    kept = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {f"!{one}" for one in sources} <= set(kept)
    (installs,) = (rest for name, rest in said if name == "RUN" and "pip install" in rest)
    (extras,) = re.findall(r"'\.\[([a-z,0-9]+)\]'", installs)
    assert set(extras.split(",")) <= set(project["project"]["optional-dependencies"])
    assert not any("apt-get" in rest or "pip install" in rest for _, rest in final)


def test_the_two_proxies_let_submissions_and_answers_through() -> None:
    most = DEFAULTS.max_upload
    for path in (DEPLOY / "proxy.conf", DEPLOY / "machine" / "nginx.conf"):
        text = path.read_text("utf-8")
        (size,) = re.findall(r"client_max_body_size (\d+)m;", text)
        assert int(size) << 20 >= most
        assert "proxy_buffering off;" in text
        (waits,) = re.findall(r"proxy_read_timeout (\d+)s;", text)
        assert int(waits) > DEFAULTS.query_seconds
        assert text.count("{") == text.count("}")
        for header in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Request-ID"):
            assert f"proxy_set_header {header} " in text


def test_units_are_ones_that_systemd_reads() -> None:
    for path in (DEPLOY / "machine").glob("mighub*"):
        parser = configparser.RawConfigParser(strict=False)
        parser.read(path, "utf-8")
        assert "Unit" in parser.sections()
    assert "mighub-backup.service" in {p.name for p in FILES}  # what the timer starts


def test_secrets_of_compose_are_named_in_the_example() -> None:
    wanted = set(re.findall(r"\$\{(\w+):\?\}", (DEPLOY / "compose.yaml").read_text("utf-8")))
    lines = (DEPLOY / "example.env").read_text("utf-8").splitlines()
    given = {line.partition("=")[0]: line.partition("=")[2] for line in lines if "=" in line}
    assert set(given) == wanted
    assert set(given.values()) == {""}, "an example secret would be used"
