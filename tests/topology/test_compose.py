"""Compose files: forms, variables, and what is refused."""

from pathlib import Path

import pytest

from kyozo_gql.core.spec import HealthCheckKind, JobSpec, PortMapping, PortProtocol, VolumeMount
from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.model import ComposeService, Detection
from kyozo_gql.topology.tree import DiskTree


def read_stack(root: Path, text: str, **files: str) -> tuple[Detection, dict[str, ComposeService]]:
    for name, content in {"compose.yaml": text, **files}.items():
        (root / name).write_text(content)
    detection = analyze_folder(DiskTree(root), "")
    return detection, {
        service.name: service for service in (detection.recommendation.compose_services if detection.recommendation else ())
    }


def test_short_and_long_forms_say_the_same(tmp_path):
    _, services = read_stack(
        tmp_path,
        """
        services:
          short:
            build: ./short
            ports: ["8080:80", "53:53/udp", 3000, "127.0.0.1:9000-9001:90-91", "bad", "0:0"]
            environment: ["A=1", "B=x=y", "UNSET"]
            depends_on: [long]
            command: serve --name "a b"
            mem_limit: 512m
            cpus: 0.5
          long:
            build: {context: ./long, dockerfile: Dockerfile.prod, target: run, args: {VERSION: 3}}
            ports: [{target: 80, published: "8081"}, {target: 53, protocol: udp}]
            expose: ["7000/tcp"]
            environment: {A: 1, B: x=y, C: true, D: null}
            depends_on: {short: {condition: service_started}}
            entrypoint: ["/bin/run"]
            command: ["serve", "now"]
            deploy: {replicas: 3, resources: {limits: {memory: 1G, cpus: "1.5"}}}
            volumes:
              - data:/data
              - logs:/logs:z,ro
              - {type: volume, source: conf, target: /conf, read_only: true}
              - {type: tmpfs, target: /tmp}
        """,
    )
    short, long = services["short"], services["long"]
    assert short.ports == (
        PortMapping(80, 8080),
        PortMapping(53, 53, PortProtocol.UDP),
        PortMapping(3000),
        PortMapping(90, 9000),
        PortMapping(91, 9001),
    )
    assert short.environment == {"A": "1", "B": "x=y"}
    assert short.command == ("serve", "--name", "a b")
    assert (short.memory, short.cpu, short.build_context, short.needs) == ("512Mi", "0.5", "short", ("long",))
    assert long.ports == (PortMapping(80, 8081), PortMapping(53, protocol=PortProtocol.UDP))
    assert (long.exposed, long.entrypoint, long.command) == ((7000,), ("/bin/run",), ("serve", "now"))
    assert long.environment == {"A": "1", "B": "x=y", "C": "true"}
    assert (long.build_context, long.dockerfile, long.build_target, long.build_args) == (
        "long",
        "Dockerfile.prod",
        "run",
        {"VERSION": "3"},
    )
    assert (long.replicas, long.memory, long.cpu) == (3, "1Gi", "1.5")
    assert long.volumes == (VolumeMount("data", "/data"), VolumeMount("logs", "/logs", True), VolumeMount("conf", "/conf", True))
    assert long.refusals == ()


def test_an_anonymous_volume_is_named_after_its_service_and_place(tmp_path):
    text = "services:\n" + "".join(f"  {name}: {{image: x, volumes: [/data, /logs]}}\n" for name in ("one", "two"))
    first, second = (read_stack(tmp_path, text)[1] for _ in range(2))
    assert first == second
    volumes = [volume for service in first.values() for volume in service.volumes]
    assert [volume.target for volume in volumes] == ["/data", "/logs"] * 2
    assert len({volume.name for volume in volumes}) == 4


def test_variables_come_from_the_env_file_of_the_folder_and_have_defaults(tmp_path):
    detection, services = read_stack(
        tmp_path,
        """
        services:
          web:
            image: "shop:${TAG:-latest}-${EMPTY-kept}-${EMPTY:-filled}-${A:-${B:-deep}}$$x${MISSING}"
            env_file: [web.env, {path: absent.env, required: false}]
            environment: {GIVEN: "$GIVEN", BOTH: own}
        """,
        **{".env": "TAG=7\nEMPTY=\nexport GIVEN='a b' # told\n", "web.env": "BOTH=file\nFROM_FILE=yes\n"},
    )
    web = services["web"]
    assert web.image == "shop:7--filled-deep$x"
    assert web.environment == {"BOTH": "own", "FROM_FILE": "yes", "GIVEN": "a b"}
    assert [item.detail for item in detection.indicators if item.rule == "compose.unset"] == [
        "names variables without a value: MISSING"
    ]


@pytest.mark.parametrize(
    ("check", "kind", "command"),
    [
        (
            '{test: ["CMD", "true"], interval: 1m30s, timeout: 500ms, retries: 5, start_period: 1h}',
            HealthCheckKind.COMMAND,
            ("true",),
        ),
        ('{test: ["CMD-SHELL", "a | b"]}', HealthCheckKind.COMMAND, ("sh", "-c", "a | b")),
        ("{test: a b}", HealthCheckKind.COMMAND, ("sh", "-c", "a b")),
        ('{test: ["NONE"]}', HealthCheckKind.NONE, None),
        ("{disable: true}", HealthCheckKind.NONE, None),
        ("{}", HealthCheckKind.TCP, None),
    ],
)
def test_health_checks(tmp_path, check, kind, command):
    _, services = read_stack(tmp_path, f"services:\n  web:\n    image: x\n    ports: ['80']\n    healthcheck: {check}\n")
    found = services["web"].health_check
    assert found is not None
    assert (found.kind, found.command) == (kind, command)
    if "1m30s" in check:
        assert (found.interval_seconds, found.timeout_seconds, found.retries, found.start_period_seconds) == (90, 1, 5, 3600)


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("privileged: true", "services.web.privileged (line 4): privileged containers are not allowed"),
        ("network_mode: host", "services.web.network_mode (line 4): the network namespace of the host is not allowed"),
        ("pid: host", "services.web.pid (line 4): the process namespace of the host is not allowed"),
        ("ipc: host", "services.web.ipc (line 4): the IPC namespace of the host is not allowed"),
        ("userns_mode: host", "services.web.userns_mode (line 4): the user namespace of the host is not allowed"),
        ("pid: container:other", "services.web.pid (line 4): the process namespace of another container is not allowed"),
        ("devices: [/dev/kvm]", "services.web.devices (line 4): devices of the host are not allowed"),
        ("cap_add: [SYS_ADMIN]", "services.web.cap_add (line 4): added capabilities are not allowed"),
        ("security_opt: ['seccomp:unconfined']", "services.web.security_opt (line 4): seccomp:unconfined weakens the isolation"),
        ("volumes: ['/etc:/host']", "services.web.volumes.0 (line 4): /etc: a bind mount out of the workspace is not allowed"),
        ("volumes: ['a:/a', '~/x:/x']", "services.web.volumes.1 (line 4): ~/x: a bind mount out of the workspace"),
        ("volumes: ['./a/../../b:/x']", "services.web.volumes.0 (line 4): ./a/../../b: a bind mount out of the workspace"),
        ("volumes: ['/var/run/docker.sock:/var/run/docker.sock']", "the socket of the container engine is not allowed"),
        (
            "volumes: [{type: bind, source: /, target: /host}]",
            "services.web.volumes.0 (line 4): /: a bind mount out of the workspace",
        ),
        ("volumes: [{type: npipe, source: a, target: /x}]", "a mount of the type npipe is not supported"),
        ("volumes: ['a:x']", "services.web.volumes.0 (line 4): x is no absolute path in the container"),
        ("volumes: ['a/b:/x']", "services.web.volumes.0 (line 4): a/b is no name of a volume"),
        ("volumes: [{type: volume}]", "services.web.volumes.0 (line 4): is no mount"),
        ("volumes: ['nfs:/x']", "the volume nfs has a driver or options of its own, which is not supported"),
        ("volumes: ['far:/x']", "the volume far is external: only volumes of the stack itself are allowed"),
        ("volumes: ['sly:/x']", "the volume sly is a bind mount of /root, which is not allowed"),
        ("env_file: ../../secret.env", "services.web.env_file.0 (line 4): ../../secret.env: a file out of the workspace"),
        ("secrets: [key]", "services.web.secrets.0 (line 4): /etc/shadow: a file out of the workspace is not allowed"),
        ("secrets: [gone]", "services.web.secrets.0 (line 4): the secret gone needs NOT_SET, which is not set"),
        ("configs: [conf]", "services.web.configs.0 (line 4): /etc/passwd: a file out of the workspace is not allowed"),
        ("configs: [none]", "services.web.configs.0 (line 4): the config none is not declared"),
        ("use_api_socket: true", "services.web.use_api_socket (line 4): the socket of the container engine is not allowed"),
        ("network_mode: service:db", "the network namespace of another container is not allowed"),
        ("deploy: {mode: replicated-job, replicas: 2}", "services.web.deploy.replicas (line 4): a job runs in one container"),
        ("build: {context: ., dockerfile: ../../x}", "services.web.build.dockerfile (line 4): ../../x leads out of the workspace"),
        ("build: {context: ., additional_contexts: {base: ../base}}", "contexts besides the folder's own are not allowed: base"),
        ("build: {context: ., ssh: [default]}", "services.web.build.ssh (line 4): ssh of a build are not supported"),
        ("env_file: gone.env", "services.web.env_file.0 (line 4): gone.env is not there"),
        ("build: ../..", "services.web.build (line 4): the context ../.. leads out of the workspace, which is not allowed"),
        ("build: https://example.org/x.git", "is fetched from elsewhere, which is not allowed"),
        ("build: {context: ., network: host}", "services.web.build.network (line 4): the network namespace of the host"),
    ],
)
def test_what_asks_for_the_host_is_refused_with_its_key_and_line(tmp_path, line, refusal):
    tail = (
        "volumes:\n  sly: {driver_opts: {type: none, o: bind, device: /root}}\n"
        "  nfs: {driver_opts: {type: nfs, device: ':/x'}}\n  far: {external: true}\n"
        "secrets:\n  key: {file: /etc/shadow}\n  gone: {environment: NOT_SET}\n"
        "configs:\n  conf: {file: /etc/passwd}\n"
    )
    detection, services = read_stack(tmp_path, f"services:\n  web:\n    image: x\n    {line}\n{tail}")
    assert len(services["web"].refusals) == 1
    assert refusal in services["web"].refusals[0]
    assert services["web"].refusals[0] in [item.detail for item in detection.indicators if item.rule == "compose.refused"]


def test_a_refusal_does_not_hide_behind_a_merge_or_a_variable(tmp_path):
    text = "x-all: &all\n  privileged: ${YES:-true}\nservices:\n  web:\n    <<: *all\n    image: x\n    network_mode: ${MODE}\n"
    _, services = read_stack(tmp_path, text, **{".env": "MODE=host\n"})
    assert services["web"].refusals == (
        "services.web.privileged (line 2): privileged containers are not allowed",
        "services.web.network_mode (line 7): the network namespace of the host is not allowed",
    )


def test_a_context_above_the_folder_but_inside_the_tree_is_fine(tmp_path):
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/compose.yaml").write_text("services:\n  web:\n    build: ../web\n")
    detection = analyze_folder(DiskTree(tmp_path), "deploy")
    assert detection.recommendation is not None
    assert [(service.build_context, service.refusals) for service in detection.recommendation.compose_services] == [("web", ())]


def test_environment_files_are_read_whether_git_keeps_them_or_not(tmp_path):
    text = "services:\n  web: {image: x, env_file: [web.env, .env.live]}\n"
    _, services = read_stack(tmp_path, text, **{".gitignore": "*.env\n.env*\n", "web.env": "A=1\n", ".env.live": "B=2\n"})
    assert (services["web"].environment, services["web"].refusals) == ({"A": "1", "B": "2"}, ())


@pytest.mark.parametrize(
    ("line", "attempts"),
    [
        ("restart: 'no'", 1),
        ("restart: no", 1),
        ("user: root", 1),
        ("restart: on-failure", 3),
        ("restart: on-failure:1", 2),
        ("restart: on-failure:99999999999", 3),
        ("restart: always", 3),
        ("deploy: {restart_policy: {condition: none}}", 1),
        ("deploy: {restart_policy: {condition: on-failure, max_attempts: 1}}", 2),
        ("deploy: {restart_policy: {max_attempts: 0}}", 1),
        ("deploy: {mode: replicated-job}", 3),
        ("{deploy: {mode: global-job}, restart: 'no'}", 1),
    ],
)
def test_a_service_that_others_wait_for_is_a_job_and_its_restart_policy_says_how_often_it_is_tried(tmp_path, line, attempts):
    merged = f"    <<: {line}\n" if line.startswith("{") else f"    {line}\n"
    text = (
        f"services:\n  migrate:\n    image: x\n    ports: ['80']\n{merged}"
        "  web: {image: x, depends_on: {migrate: {condition: service_completed_successfully}}}\n"
    )
    detection, services = read_stack(tmp_path, text)
    assert services["migrate"].job == JobSpec(attempts)
    assert (services["web"].job, services["web"].needs, services["web"].refusals) == (None, ("migrate",), ())
    assert detection.recommendation is not None
    assert detection.recommendation.ports == ()  # a job serves nobody


def test_who_waits_in_a_profile_that_is_not_active_makes_nobody_a_job(tmp_path):
    text = (
        "services:\n  setup: {image: x}\n"
        "  web: {image: x, profiles: [all], depends_on: {setup: {condition: service_completed_successfully}}}\n"
    )
    assert read_stack(tmp_path, text)[1]["setup"].job is None
    assert read_stack(tmp_path, text, **{".env": "COMPOSE_PROFILES=all\n"})[1]["setup"].job == JobSpec()


@pytest.mark.parametrize("mode", ["replicated", "global", "[replicated-job]", "''"])
def test_other_modes_are_no_jobs(tmp_path, mode):
    _, services = read_stack(tmp_path, f"services:\n  web: {{image: x, deploy: {{mode: {mode}}}}}\n")
    assert services["web"].job is None
