"""What generated Dockerfiles say: how each manager installs, in which order, and what it leaves out."""

import json
import re

import pytest

from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.tree import DiskTree

SERVER = "require('express')().listen(process.env.PORT || 3000)\n"
PACKAGE = {"name": "app", "private": True, "dependencies": {"express": "4"}, "devDependencies": {"nodemon": "3"}}
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"


def write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text if isinstance(text, str) else json.dumps(text))


def lines(root, files, folder=""):
    write(root, files)
    advice = analyze_folder(DiskTree(root), folder).recommendation
    assert advice is not None
    return (advice.dockerfile or "").splitlines()


def runs(found):
    return [line.removeprefix("RUN ") for line in found if line.startswith("RUN ")]


@pytest.mark.parametrize(
    ("lock", "text", "package", "expected"),
    [
        ("package-lock.json", "{}", {}, ["npm ci --omit=dev"]),
        (None, "", {}, ["npm install --omit=dev"]),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\n",
            {},
            ["npm install --global pnpm@9.15.9", "pnpm install --frozen-lockfile --prod"],
        ),
        ("yarn.lock", "# yarn lockfile v1\n", {}, ["yarn install --frozen-lockfile --production"]),
        (
            "yarn.lock",
            "__metadata:\n  version: 8\n",
            {"packageManager": "yarn@4.9.1"},
            ["npm install --global --force @yarnpkg/cli-dist@4.9.1", "yarn workspaces focus --all --production"],
        ),
    ],
    ids=["npm", "npm-without-lock", "pnpm", "yarn", "berry"],
)
def test_without_a_build_only_what_runs_is_installed(tmp_path, lock, text, package, expected):
    files = {"index.js": SERVER, "package.json": {**PACKAGE, "scripts": {"start": "node index.js"}, **package}}
    found = lines(tmp_path, {**files, **({lock: text} if lock else {})})
    assert runs(found) == expected
    assert found.index("COPY . .") > found.index(f"RUN {expected[-1]}")


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ({"start": "npm run go", "go": "runner index.js"}, ["npm ci"]),
        ({"start": "node index.js", "prepare": "husky"}, ["npm ci", "npm prune --omit=dev --ignore-scripts"]),
        ({"start": "node index.js", "build": "tsc"}, ["npm ci", "npm run build", "npm prune --omit=dev --ignore-scripts"]),
    ],
)
def test_what_development_needs_is_installed_where_something_asks_for_it(tmp_path, scripts, expected):
    package = {**PACKAGE, "devDependencies": {"runner": "1"}, "scripts": scripts}
    assert runs(lines(tmp_path, {"index.js": SERVER, "package.json": package, "package-lock.json": "{}"})) == expected


def test_a_dependency_inside_the_folder_is_there_before_the_installation(tmp_path):
    package = {**PACKAGE, "dependencies": {"express": "4", "own": "file:./own"}, "scripts": {"start": "node index.js"}}
    files = {"index.js": SERVER, "package.json": package, "package-lock.json": "{}", "own/package.json": {"name": "own"}}
    found = lines(tmp_path, files)
    assert found.index("COPY . .") < found.index("RUN npm ci --omit=dev")


def write_workspace(manager, **scripts):
    version = {"pnpm": "pnpm@10.12.1", "yarn": "yarn@1.22.22", "berry": "yarn@4.9.1"}[manager]
    lock = {"pnpm": ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"), "yarn": ("yarn.lock", "# yarn lockfile v1\n")}
    name, text = lock.get(manager, ("yarn.lock", "__metadata:\n  version: 8\n"))
    root = {"name": "root", "private": True, "packageManager": version, "workspaces": ["apps/*", "packages/*"]}
    files = {"package.json": root, name: text, "packages/lib/package.json": {"name": "lib", "scripts": scripts}}
    if manager == "pnpm":
        files["pnpm-workspace.yaml"] = "packages: [apps/*, packages/*]\n"
    member = {**PACKAGE, "name": "api", "scripts": {"start": "node index.js"}}
    return {**files, "apps/api/package.json": member, "apps/api/index.js": SERVER}


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("pnpm", "pnpm install --frozen-lockfile --prod --prefer-offline --filter api..."),
        ("yarn", "yarn install --frozen-lockfile --production"),
        ("berry", "yarn workspaces focus api --production"),
    ],
)
def test_a_member_keeps_only_what_it_needs_to_run(tmp_path, manager, expected):
    assert runs(lines(tmp_path, write_workspace(manager), "apps/api"))[-1].endswith(expected)


def test_a_workspace_that_prepares_something_keeps_all(tmp_path):
    found = runs(lines(tmp_path, write_workspace("pnpm", postinstall="make-something"), "apps/api"))
    assert not any("--prod" in line for line in found)


def test_a_site_of_pages_has_one_for_what_is_missing(tmp_path):
    found = lines(
        tmp_path, {"package.json": {"private": True, "scripts": {"build": "astro build"}, "dependencies": {"astro": "5"}}}
    )
    text = "\n".join(found)
    assert "handle_errors" in text
    assert "rewrite @application /index.html" not in text


def test_files_that_are_named_by_what_is_in_them_are_kept_and_pages_are_asked_for_again(tmp_path):
    package = {"private": True, "scripts": {"build": "vite build"}, "devDependencies": {"vite": "6"}}
    text = "\n".join(lines(tmp_path, {"package.json": package, "index.html": "<p>"}))
    rule = re.search(r"'path_regexp (\^/.+)'", text)
    assert rule is not None
    hashed = re.compile(rule[1])
    for path in (
        "/assets/index-B4zmNt71.js",
        "/static/js/main.8f3d1a2b.js",
        "/main-ABCD2345.js",
        "/_astro/a.css",
        "/app-0123456789abcdef_bg.wasm",
    ):
        assert hashed.search(path), path
    for path in ("/index.html", "/assets/logo.png", "/service-worker.js", "/assets/report.json", "/my-component.js"):
        assert not hashed.search(path), path
    assert "header ?Cache-Control no-cache" in text
    assert "rewrite @application /index.html" in text


@pytest.mark.parametrize(
    ("tool", "first", "second"),
    [
        ("uv", "uv sync --frozen --no-dev --inexact --no-install-project", "uv sync --frozen --no-dev --inexact"),
        ("poetry", "poetry install --only main --no-interaction --no-root", "poetry install --only main --no-interaction"),
        ("pdm", "pdm sync --prod --no-self", "pdm sync --prod"),
    ],
)
def test_dependencies_are_installed_ahead_of_the_project(tmp_path, tool, first, second):
    manifest = '[project]\nname = "demo"\nversion = "0.1"\ndependencies = ["fastapi", "uvicorn"]\n'
    manifest += '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    found = lines(
        tmp_path, {"pyproject.toml": manifest, f"{tool}.lock": "", "src/demo/main.py": FASTAPI, "src/demo/__init__.py": ""}
    )
    copied = found.index("COPY . .")
    assert found.index(f"COPY pyproject.toml {tool}.lock ./") < found.index(f"RUN {first}") < copied < found.index(f"RUN {second}")


def test_the_version_of_a_package_is_not_asked_of_git(tmp_path):
    manifest = '[project]\nname = "demo"\ndynamic = ["version"]\ndependencies = ["fastapi", "uvicorn"]\n'
    manifest += '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n'
    found = lines(tmp_path, {"pyproject.toml": manifest, "uv.lock": "", "src/demo/main.py": FASTAPI, "src/demo/__init__.py": ""})
    told = found.index("ENV SETUPTOOLS_SCM_PRETEND_VERSION=0.0.0")
    assert found.index("RUN uv sync --frozen --no-dev --inexact --no-install-project") < told
    assert told < found.index("RUN uv sync --frozen --no-dev --inexact")


def test_a_dependency_of_python_inside_the_folder_is_there_before_the_installation(tmp_path):
    manifest = '[project]\nname = "demo"\nversion = "0.1"\ndependencies = ["fastapi", "uvicorn", "own"]\n'
    manifest += '[tool.uv.sources]\nown = { path = "libs/own" }\n'
    found = lines(tmp_path, {"pyproject.toml": manifest, "uv.lock": "", "main.py": FASTAPI, "libs/own/pyproject.toml": ""})
    assert found.index("COPY . .") < found.index("RUN uv sync --frozen --no-dev --inexact --no-install-project")


def test_vendored_modules_of_go_are_not_fetched(tmp_path):
    main = 'package main\nimport "net/http"\nfunc main() { http.ListenAndServe(":8080", nil) }\n'
    files = {"go.mod": "module example.com/a\n\ngo 1.22\n", "go.sum": "x", "main.go": main}
    assert "RUN go mod download" in lines(tmp_path, files)
    assert "RUN go mod download" not in lines(tmp_path, {"vendor/modules.txt": "# x"})


def test_a_member_of_python_has_the_system_packages_of_what_it_needs(tmp_path):
    project = '[project]\nname = "{}"\nversion = "1"\ndependencies = [{}]\n'
    sources = "[tool.uv.sources]\ncore = { workspace = true }\n"
    files = {
        "pyproject.toml": project.format("root", "") + '[tool.uv.workspace]\nmembers = ["apps/*", "libs/*"]\n',
        "uv.lock": "",
        "apps/api/pyproject.toml": project.format("api", '"fastapi", "uvicorn", "core"') + sources,
        "apps/api/main.py": FASTAPI,
        "libs/core/pyproject.toml": project.format("core", '"psycopg2"'),
    }
    found = runs(lines(tmp_path, files, "apps/api"))
    installs = [line for line in found if line.startswith("apt-get update")]
    assert [("libpq-dev" in line, "libpq5" in line) for line in installs] == [(True, False), (False, True)]
    assert found.index(installs[0]) < next(index for index, line in enumerate(found) if line.startswith("uv sync"))


def test_the_dependencies_of_a_member_of_yarn_2_are_a_layer_of_their_own(tmp_path):
    found = lines(tmp_path, {**write_workspace("berry"), ".yarnrc.yml": "yarnPath: .yarn/releases/yarn-4.9.1.cjs\n"}, "apps/api")
    install = found.index("RUN yarn install --immutable")
    assert found.index("ENV YARN_NODE_LINKER=node-modules") < found.index("COPY .yarn ./.yarn") < install < found.index("COPY . .")


def test_modules_that_are_members_are_not_fetched(tmp_path):
    main = 'package main\nimport "net/http"\nfunc main() { http.ListenAndServe(":8080", nil) }\n'
    files = {
        "go.work": "go 1.24\n\nuse (\n\t./api\n\t./lib\n)\n",
        "api/go.mod": "module example.com/acme/api\n\ngo 1.24\n\nrequire example.com/acme/lib v0.0.0\n",
        "api/main.go": main,
        "lib/go.mod": "module example.com/acme/lib\n\ngo 1.24\n",
    }
    assert "go mod edit -droprequire=example.com/acme/lib api/go.mod && go mod download" in runs(lines(tmp_path, files, "api"))


def test_crates_that_are_vendored_are_there_before_cargo_looks_for_them(tmp_path):
    main = 'use axum::Router;\nfn main() {\n    let listener = TcpListener::bind("0.0.0.0:8080");\n'
    main += "    axum::serve(listener, app);\n}\n"
    manifest = '[package]\nname = "a"\nversion = "0.1.0"\n\n[dependencies]\naxum = "0.8"\n'
    files = {"Cargo.toml": manifest, "Cargo.lock": "version = 3\n", "src/main.rs": main}
    assert runs(lines(tmp_path, files))[0].startswith("mkdir src")
    assert runs(lines(tmp_path, {"vendor/axum/Cargo.toml": ""}))[0].startswith("cargo build")
