"""Every wrong field is named as a client would write it, and nothing that a client may send makes validation fail itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyozo_gql.containers.config import DeploymentConfig, EnvironmentVariable, ScalingConfig, ServiceConfig, columns_of, config_from
from kyozo_gql.containers.validation import ServiceChanges, apply_changes, check_name, find_faults
from kyozo_gql.core.errors import InvalidInput
from kyozo_gql.core.secrets import SecretBox
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping, PortProtocol, ResourceLimits

BOX = SecretBox(b"0" * 43 + b"=")
PORT = PortMapping(8000)
FINE = ServiceConfig(
    deployment=DeploymentConfig(
        image="registry.example/team/app:1.2@sha256", dockerfile_path="docker/Dockerfile", start_command="run it"
    ),
    ports=(PORT, PortMapping(8000, 9000, PortProtocol.UDP)),
    environment=(EnvironmentVariable("MODE", "fast"), EnvironmentVariable("_KEY", "sésame\n", is_secret=True)),
    health_check=HealthCheckSpec(HealthCheckKind.HTTP, path="/health", port=8000),
    scaling=ScalingConfig(1, 3, 80),
)


def with_check(**check: Any) -> ServiceConfig:
    return ServiceConfig(ports=(PORT,), health_check=HealthCheckSpec(**check))


WRONG = {
    "deployment_config.image": DeploymentConfig(image="Not An Image"),
    "deployment_config.image ": DeploymentConfig(image="app\n"),
    "deployment_config.image  ": DeploymentConfig(image=""),
    "deployment_config.dockerfile_path": DeploymentConfig(dockerfile_path="../Dockerfile"),
    "deployment_config.dockerfile_path ": DeploymentConfig(dockerfile_path="/etc/passwd"),
    "deployment_config.dockerfile_path  ": DeploymentConfig(dockerfile_path=""),
    "deployment_config.dockerfile_path   ": DeploymentConfig(dockerfile_path="a\x00b"),
    "deployment_config.start_command": DeploymentConfig(start_command="  "),
    "deployment_config.start_command ": DeploymentConfig(start_command="x" * 32_769),
    "deployment_config.start_command  ": DeploymentConfig(start_command="echo \x00"),
    "deployment_config.build_args": DeploymentConfig(build_args=cast("Any", {"A": 1})),
    "deployment_config.build_args ": DeploymentConfig(build_args=cast("Any", ["A"])),
    "deployment_config.build_args.a b": DeploymentConfig(build_args={"a b": "1"}),
    "deployment_config.build_args.A": DeploymentConfig(build_args={"A": "\x00"}),
    "port_mappings.0.container_port": (PortMapping(0),),
    "port_mappings.1.container_port": (PORT, PortMapping(65_536)),
    "port_mappings.1.host_port": (PORT, PortMapping(8001, 0)),
    "port_mappings.1.container_port ": (PORT, PORT),
    "port_mappings.2.host_port": (PORT, PortMapping(8001, 9000), PortMapping(8002, 9000)),
    "port_mappings": tuple(PortMapping(number) for number in range(1, 202)),
    "environment_variables.1.name": (EnvironmentVariable("FINE", ""), EnvironmentVariable("1ST", "")),
    "environment_variables.0.name": (EnvironmentVariable("LINE\n", ""),),
    "environment_variables.0.value": (EnvironmentVariable("A", "\x00"),),
    "environment_variables.0.value ": (EnvironmentVariable("A", "\ud800"),),
    "environment_variables.0.value  ": (EnvironmentVariable("A", "x" * 32_769),),
    "environment_variables.1.name ": (EnvironmentVariable("A", "1"), EnvironmentVariable("A", "2")),
    "environment_variables": tuple(EnvironmentVariable(f"A{number}", "") for number in range(201)),
    "resource_limits.memory": ResourceLimits(memory="much"),
    "resource_limits.memory ": ResourceLimits(memory="512Mi\n"),
    "resource_limits.cpu": ResourceLimits(cpu="0"),
    "resource_limits.storage": ResourceLimits(storage="-1Gi"),
    "health_check_config.path": with_check(kind=HealthCheckKind.HTTP, path="health"),
    "health_check_config.path ": with_check(kind=HealthCheckKind.HTTP),
    "health_check_config.path  ": with_check(path="/\x00"),
    "health_check_config.command": with_check(kind=HealthCheckKind.COMMAND),
    "health_check_config.command ": with_check(kind=HealthCheckKind.COMMAND, command=("a\x00",)),
    "health_check_config.port": with_check(kind=HealthCheckKind.TCP, port=65_536),
    "health_check_config.port ": ServiceConfig(health_check=HealthCheckSpec(HealthCheckKind.TCP)),
    "health_check_config.interval_seconds": with_check(interval_seconds=0),
    "health_check_config.timeout_seconds": with_check(timeout_seconds=3_601),
    "health_check_config.retries": with_check(retries=0),
    "health_check_config.start_period_seconds": with_check(start_period_seconds=-1),
    "scaling_config.min_replicas": ScalingConfig(min_replicas=0),
    "scaling_config.max_replicas": ScalingConfig(min_replicas=3, max_replicas=2),
    "scaling_config.max_replicas ": ScalingConfig(max_replicas=101),
    "scaling_config.target_cpu_percent": ScalingConfig(target_cpu_percent=0),
    "scaling_config.min_replicas ": ServiceConfig(ports=(PortMapping(80, 8080),), scaling=ScalingConfig(min_replicas=2)),
}
FIELDS = {DeploymentConfig: "deployment", ResourceLimits: "limits", ScalingConfig: "scaling"}


def config_with(part: Any) -> ServiceConfig:
    if isinstance(part, ServiceConfig):
        return part
    if isinstance(part, tuple):
        return ServiceConfig(ports=part) if isinstance(part[0], PortMapping) else ServiceConfig(environment=part)
    return ServiceConfig(**{FIELDS[type(part)]: part})


def test_nothing_is_wrong_with_what_is_fine():
    assert list(find_faults(FINE)) == []
    assert list(find_faults(ServiceConfig())) == []


@pytest.mark.parametrize("path", WRONG)
def test_the_wrong_field_is_named(path):
    assert [fault.path for fault in find_faults(config_with(WRONG[path]))] == [path.strip()]


def test_every_wrong_field_is_named_at_once():
    changes = ServiceChanges(
        ports=(PortMapping(0), PortMapping(1, 70_000)),
        limits={"memory": "much"},
        scaling={"min_replicas": 0},
        environment=(EnvironmentVariable("A B", ""),),
    )
    with pytest.raises(InvalidInput) as caught:
        apply_changes(ServiceConfig(), changes, BOX)
    assert [field.path for field in caught.value.fields] == [
        "port_mappings.0.container_port",
        "port_mappings.1.host_port",
        "environment_variables.0.name",
        "resource_limits.memory",
        "scaling_config.min_replicas",
    ]


@pytest.mark.parametrize("name", ["", "a b", "a.b", "ä", "a\n", "x" * 101, "../a"])
def test_a_name_that_is_none(name):
    with pytest.raises(InvalidInput) as caught:
        check_name(name)
    assert [field.path for field in caught.value.fields] == ["name"]


def test_a_name():
    assert check_name("Web_1-a" + "x" * 93)


def test_what_is_not_given_stays():
    changed = apply_changes(FINE, ServiceChanges(limits=cast("Any", {"memory": "1Gi", "cpu": None, "colour": "red"})), BOX)
    assert changed == replace(FINE, limits=replace(FINE.limits, memory="1Gi"))


def test_secrets_are_sealed_once():
    given = (EnvironmentVariable("A", "plain"), EnvironmentVariable("B", "sésame", is_secret=True))
    sealed = apply_changes(FINE, ServiceChanges(environment=given), BOX)
    assert sealed.environment[0].value == "plain"
    assert "sésame" not in sealed.environment[1].value
    again = apply_changes(sealed, ServiceChanges(limits={"memory": "1Gi"}), BOX)
    assert again.environment == sealed.environment
    assert again.plain_environment(BOX) == {"PORT": "8000", "A": "plain", "B": "sésame"}


def test_columns_hold_all_of_a_configuration():
    assert config_from(columns_of(FINE)) == FINE
    assert config_from({}) == ServiceConfig()


texts = st.text(st.characters(exclude_categories=()), max_size=30)
numbers = st.integers(-(2**31), 2**31)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner)
)
configs = st.builds(
    ServiceConfig,
    deployment=st.builds(
        DeploymentConfig,
        image=st.none() | texts,
        dockerfile_path=st.none() | texts,
        start_command=st.none() | texts,
        build_args=st.dictionaries(texts, texts) | json_values,
    ),
    ports=st.lists(st.builds(PortMapping, numbers, st.none() | numbers, st.sampled_from(PortProtocol))).map(tuple),
    environment=st.lists(st.builds(EnvironmentVariable, texts, texts, st.booleans())).map(tuple),
    limits=st.builds(ResourceLimits, texts, texts, texts),
    health_check=st.builds(
        HealthCheckSpec,
        st.sampled_from(HealthCheckKind),
        st.none() | texts,
        st.none() | numbers,
        st.none() | st.lists(texts).map(tuple),
        numbers,
        numbers,
        numbers,
        numbers,
    ),
    scaling=st.builds(ScalingConfig, numbers, numbers, st.none() | numbers, st.booleans()),
)


@given(configs)
def test_nothing_makes_validation_fail_itself(config):
    for fault in find_faults(config):
        assert fault.message
        fault.path.encode()


@given(st.dictionaries(texts, texts, max_size=3), texts, texts)
def test_what_is_let_through_can_be_kept(arguments, command, value):
    """PostgreSQL's jsonb takes no NUL, UTF-8 no half of a character."""
    config = ServiceConfig(
        DeploymentConfig(build_args=arguments, start_command=command), environment=(EnvironmentVariable("A", value),)
    )
    if not list(find_faults(config)):
        kept = "".join([*arguments, *arguments.values(), command, value])
        assert "\x00" not in kept
        kept.encode()
