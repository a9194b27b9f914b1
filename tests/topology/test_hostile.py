"""Whatever stands in the files, the answer comes, comes soon, and can be stored."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyozo_gql.topology.analysis import analyze_folder, analyze_tree
from kyozo_gql.topology.document import detection_document, from_record, to_record
from kyozo_gql.topology.tree import DiskTree
from tests.topology.effort import effort

NAMES = [
    "Dockerfile", "compose.yaml", "package.json", "pyproject.toml", "requirements.txt", "Pipfile", "go.mod", "main.go",
    "Cargo.toml", "src/main.rs", "main.py", "app.py", "manage.py", "server.js", "index.html", "nginx.conf", "Caddyfile",
    "haproxy.cfg", "compose.override.yml", "common.yaml", "envoy.yaml", "caddy.json", "conf.d/x.conf", "config.json",
    "traefik.yml", "traefik.toml", "Procfile", ".env.example", ".env", ".gitignore", ".python-version", ".nvmrc",
    "rust-toolchain.toml",
]  # fmt: skip
FRAGMENTS = [
    "services:\n  a: {extends: {file: common.yaml, service: b}, volumes: ['./x:/y', a:b:c:d, {source: 1}], env_file: [.env]}\n",
    "include: [common.yaml, {path: [compose.yaml]}, {path: {}}, 3]\n",
    "  c: !reset\n  d: !override [1]\n  e: {ports: !override 3, depends_on: !reset {}, build: [x], command: {a: b}}\n",
    "x: &x\n  <<: [*x, 3]\n",
    "---\n",
    "COMPOSE_FILE=common.yaml:../x:compose.yaml\nCOMPOSE_PROFILES=*\nA='\n",
    "include conf.d/*.conf; include nginx.conf; upstream u { server ${A}:1; }\n",
    "server { listen 1-99999; set $a $a; proxy_pass $a; }\n",
    "location / { content_by_lua_block { if x then } }\n",
    "(s) {\nimport s\n}\n:80 {\nimport s\nreverse_proxy {$A} {$B:b:1-2} unix//x\n}\n",
    "frontend f\n bind ipv4@:1-99999,:${P} ssl\nbackend b\n server s 'x\n server-template t 1 a:1\n",
    "static_resources: {listeners: [{address: {socket_address: {port_value: 10000000}}}, 3], clusters: [{hosts: {}}]}\n",
    '{"apps": {"http": {"servers": {"a": {"listen": [":80-90", 3], "routes": [{"handle": [{"handler": "reverse_proxy"}]}]}}}}}',
    "entryPoints: {web: {address: 3}, udp: {address: ':53/udp'}}\n",
    "http: {services: {a: {loadBalancer: {servers: [{url: 3}, 4]}}}}\n",
    "FROM python\n",
    "EXPOSE 80 99999999999\n",
    "CMD [1]\n",
    "HEALTHCHECK CMD curl http://localhost:${PORT}/\n",
    "RUN <<EOF\n",
    "\\\n",
    'services:\n  a:\n    image: x\n    ports: ["1:2:3", 22:22, {target: x}]\n',
    "  b: &b {build: ., depends_on: {a: null}}\n",
    "<<: *b\n",
    '{"scripts": {"start": "node x.js"}, "dependencies": {"express": "\\u0000"}, "engines": {"node": []}}',
    '{"main": "\\ud800.js"}',
    "[project]\nname = 'x'\ndependencies = ['flask']\n",
    "[tool.poetry.dependencies]\npython = '^3.'\n",
    "[package]\nname = 1\n",
    "[[bin]]\n",
    "module a/b\ngo 1.22\n",
    'package main\nfunc main() { http.ListenAndServe(":8080", nil) }\n',
    "from fastapi import FastAPI\napp = FastAPI()\n",
    "web: gunicorn x\n",
    "server { listen 80; proxy_pass http://x:1; }\n",
    "${A:-${B:-${C}}}",
    "$",
    "${",
    "A=${B}\n",
    "web:\n",
    "!!bool x\n",
    "!!int ''\n",
    "? [a]\n: b\n",
    "const app = express(); app.listen(process.env.PORT || 70000)\n",
    "3.99",
    "lts/none",
    ">=18 <",
    "**[!\n",
    "\ufeff",
    "\u2028",
]
TEXT = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=30), max_size=8).map("".join)
CONTENT = TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(NAMES), CONTENT, max_size=6))
def test_no_content_raises_and_every_answer_is_sound(files):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, content in files.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(content)
        detection = analyze_folder(DiskTree(root), "")
        analyze_tree(DiskTree(root))
    assert 0.0 <= detection.confidence <= 1.0
    assert (detection.recommendation is None) == (detection.service_type is None)
    assert all(-1.0 <= indicator.weight <= 1.0 for indicator in detection.indicators)
    stored = json.dumps(to_record(detection), ensure_ascii=False)
    assert stored.encode()
    assert "\\u0000" not in stored
    assert from_record(json.loads(stored)) == detection
    assert json.dumps(detection_document(detection))


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {k: v}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 9)}]}}\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("compose.yaml", BOMB, "more than 20000 nodes"),
        ("compose.yaml", MERGE_BOMB, "more than 20000 nodes"),
        ("compose.yaml", "a: &a [*a]\n", "holds itself"),
        ("compose.yaml", "[" * 50_000, "no valid YAML (line 1)"),
        ("compose.yaml", "{a: " * 30_000, "no valid YAML (line 1)"),
        ("compose.yaml", "- " * 60_000, "no valid YAML (line 1)"),
        ("compose.yaml", "a: 1\nb: " + "? " * 60_000, "no valid YAML (line 2)"),
        ("compose.yaml", "".join(f"{' ' * depth}a:\n" for depth in range(500)), "YAML nested too deeply"),
        ("compose.yaml", "---\n" * 30_000, "more than 20000 nodes"),
        ("compose.yaml", "a: &a {}\nb: [" + "*a, " * 30_000 + "]", "more than 20000 nodes"),
        ("traefik.yml", "a: 1\nb: !!int 1" + ":1" * 50_000, "no valid YAML (line 2)"),
        ("traefik.yml", "a: !!float 1" + ":1.0" * 30_000, "no valid YAML (line 1)"),
        ("traefik.yml", "a: !!set {" + "a, " * 30_000 + "}", "more than 20000 nodes"),
        ("Cargo.toml", "a = " + "{a = " * 40_000, "TOML nested too deeply"),
        ("Cargo.toml", "a = " + "9" * 200_000, "no valid TOML"),
        ("package.json", '{"a":' * 150_000, "JSON nested too deeply"),
        ("package.json", '{"a": ' + "9" * 900_000 + "}", "no valid JSON"),
        ("compose.yaml", "a:\n" * 60_000, "YAML larger than 131072 bytes"),
        ("compose.yaml", "services: !!python/object/apply:os.getcwd []\n", "services: is no mapping"),
        ("compose.yaml", "services:\n  web: !!python/object/apply:os.getcwd []\n", "services.web: is no mapping"),
        ("compose.yaml", "services:\n" + "".join(f"  s{n}: {{extends: s{n + 1}}}\n" for n in range(40)), "goes on for too long"),
        ("Cargo.toml", "a = " + "[" * 20_000, "TOML nested too deeply"),
        ("Cargo.toml", ".".join(["a"] * 100_000) + " = 1", "TOML"),
        ("pyproject.toml", "[project\n", "no valid TOML"),
        ("Cargo.toml", "# " + "x" * 300_000, "TOML larger than"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_bombs_are_faults_and_take_no_time(tmp_path, name, content, fault):
    (tmp_path / name).write_text(content)
    with effort(5):
        detection = analyze_folder(DiskTree(tmp_path), "")
    assert detection.service_type is None
    assert [indicator.detail for indicator in detection.indicators if fault in indicator.detail]


@pytest.mark.parametrize(
    "unit",
    [" ", "\n", "a", "(", "PORT", '"PORT", ', "listen ", "proxy_pass ", "FROM ", "\\\n", "{", "import x\n", "server x ", "${"],
)
def test_no_repetition_stalls_the_patterns(tmp_path, unit):
    for name in NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(unit * (200_000 // len(unit)))
    with effort(5):
        analyze_folder(DiskTree(tmp_path), "")
