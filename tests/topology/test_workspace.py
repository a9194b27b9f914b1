"""Which workspace a folder is a member of, and what it needs of it."""

import pytest

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.globs import match_folders
from kyozo_gql.topology.tree import DiskTree
from kyozo_gql.topology.workspace_node import find_node_workspace
from kyozo_gql.topology.workspace_other import find_cargo_workspace, find_go_workspace, find_python_workspace
from tests.topology.trees import write_tree


def look(find, root, path):
    return find(Folder(DiskTree(root), path))


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["apps/*"], ["apps/api", "apps/web"]),
        (["./apps/*/"], ["apps/api", "apps/web"]),
        (["{apps,libs}/*", "!apps/web"], ["apps/api", "libs/ui"]),
        (["**"], ["apps", "apps/api", "apps/web", "libs", "libs/ui", "libs/ui/test"]),
        (["**", "!**/test", "!apps"], ["libs", "libs/ui"]),
        (["apps/a*"], ["apps/api"]),
        (["../x", "", "/", "!"], []),
        (["a" * 300, "*" * 300], []),
    ],
)
def test_globs_name_folders(tmp_path, patterns, found):
    for name in ("apps/api", "apps/web", "libs/ui/test"):
        (tmp_path / name).mkdir(parents=True)
    assert list(match_folders(DiskTree(tmp_path), "", patterns)) == found


PLACES = ["apps/*", "packages/*"]
PNPM = "packages: ['apps/*', 'packages/*']\n"
NODE = {
    "apps/api/package.json": {"name": "@acme/api", "dependencies": {"@acme/db": "workspace:*"}},
    "packages/db/package.json": {"name": "@acme/db", "scripts": {"build": "tsc"}, "dependencies": {"@acme/log": "*"}},
    "packages/log/package.json": {"name": "@acme/log", "dependencies": {"@acme/db": "*"}},
    "tools/x/package.json": {"name": "x"},
}


@pytest.mark.parametrize(
    ("root", "manager", "lock", "runner"),
    [
        ({"package.json": {"workspaces": PLACES}, "package-lock.json": "{}"}, "npm", "package-lock.json", None),
        (
            {"package.json": {}, "pnpm-workspace.yaml": PNPM, "pnpm-lock.yaml": "", "turbo.json": "{}"},
            "pnpm", "pnpm-lock.yaml", "turbo",
        ),
        ({"package.json": {"workspaces": {"packages": PLACES}}, "yarn.lock": "", "nx.json": "{}"}, "yarn", "yarn.lock", "nx"),
        ({"package.json": {"workspaces": PLACES, "packageManager": "bun@1.3"}, "bun.lock": ""}, "bun", "bun.lock", None),
        ({"package.json": {}, "lerna.json": {"packages": PLACES, "npmClient": "yarn"}}, "yarn", None, None),
    ],
)  # fmt: skip
def test_members_of_a_node_workspace_know_their_root_and_siblings(tmp_path, root, manager, lock, runner):
    write_tree(tmp_path, NODE | root)
    found = look(find_node_workspace, tmp_path, "apps/api")
    assert (found.root, found.manager, found.member, found.name, found.lock, found.runner) == (
        "", manager, "apps/api", "@acme/api", lock, runner,
    )  # fmt: skip
    assert [(sibling.path, sibling.builds) for sibling in found.siblings] == [("packages/log", False), ("packages/db", True)]
    assert found.manifests == ("apps/api/package.json", "packages/db/package.json", "packages/log/package.json")
    assert look(find_node_workspace, tmp_path, "tools/x") is None
    assert look(find_node_workspace, tmp_path, "") is None


def test_a_workspace_below_the_root_of_the_tree(tmp_path):
    write_tree(tmp_path / "js", NODE | {"package.json": {"workspaces": ["apps/*"]}, "yarn.lock": "", ".yarnrc.yml": ""})
    found = look(find_node_workspace, tmp_path, "js/apps/api")
    assert (found.root, found.member, found.berry, found.locate("x")) == ("js", "apps/api", True, "js/x")


def test_a_member_with_a_lock_file_of_its_own_is_alone_where_the_root_has_none(tmp_path):
    write_tree(tmp_path, NODE | {"package.json": {"workspaces": ["apps/*"]}, "apps/api/package-lock.json": "{}"})
    assert look(find_node_workspace, tmp_path, "apps/api") is None


def test_a_project_of_nx_needs_no_package_json(tmp_path):
    write_tree(tmp_path, {"nx.json": "{}", "package.json": {}, "apps/web/project.json": {"name": "web", "targets": {"build": {}}}})
    found = look(find_node_workspace, tmp_path, "apps/web")
    assert (found.root, found.name, found.runner) == ("", "web", "nx")


@pytest.mark.parametrize(
    ("files", "folder", "root", "siblings"),
    [
        ({"api/package.json": {"dependencies": {"l": "file:../lib"}}}, "api", "", ["lib"]),
        ({"a/b/package.json": {"dependencies": {"l": "link:../c"}}}, "a/b", "a", ["c"]),
    ],
)
def test_paths_of_node_lead_to_the_folder_that_holds_both(tmp_path, files, folder, root, siblings):
    write_tree(tmp_path, files)
    found = look(find_node_workspace, tmp_path, folder)
    assert (found.root, found.declared, [sibling.path for sibling in found.siblings]) == (root, False, siblings)


def test_cargo_members_and_what_they_need(tmp_path):
    write_tree(
        tmp_path,
        {
            "Cargo.toml": "[workspace]\nmembers = ['crates/*']\nexclude = ['crates/old']\n"
            "[workspace.dependencies]\ncore = {path = 'core'}\n",
            "Cargo.lock": "",
            "crates/api/Cargo.toml": "[package]\nname = 'api'\n[dependencies]\ncore = {workspace = true}\n",
            "crates/old/Cargo.toml": "[package]\nname = 'old'\n",
            "core/Cargo.toml": "[package]\nname = 'core'\n",
        },
    )
    found = look(find_cargo_workspace, tmp_path, "crates/api")
    assert (found.root, found.name, found.lock, [sibling.path for sibling in found.siblings]) == ("", "api", "Cargo.lock", ["core"])
    assert look(find_cargo_workspace, tmp_path, "crates/old") is None
    assert look(find_cargo_workspace, tmp_path, "") is None


@pytest.mark.parametrize("use", ["use (\n\t./api // the API\n\t./lib\n)\n", "use ./api\nuse ./lib\n"])
def test_go_work_and_its_modules(tmp_path, use):
    write_tree(
        tmp_path,
        {
            "go.work": f"go 1.24\n\n{use}",
            "api/go.mod": "module example.com/api\n\nrequire example.com/lib v0.0.0\n",
            "lib/go.mod": "module example.com/lib\n",
        },
    )
    found = look(find_go_workspace, tmp_path, "api")
    assert (found.root, found.manager, found.name, [sibling.path for sibling in found.siblings]) == (
        "",
        "go",
        "example.com/api",
        ["lib"],
    )


def test_a_replaced_module_is_built_with_its_neighbour(tmp_path):
    write_tree(tmp_path, {"s/api/go.mod": "module a\nreplace example.com/lib => ../lib\n"})
    found = look(find_go_workspace, tmp_path, "s/api")
    assert (found.root, found.member, found.declared) == ("s", "api", False)


def test_uv_members_and_what_they_need(tmp_path):
    write_tree(
        tmp_path,
        {
            "pyproject.toml": "[tool.uv.workspace]\nmembers = ['packages/*']\nexclude = ['packages/old']\n",
            "uv.lock": "",
            "packages/api/pyproject.toml": "[project]\nname = 'api'\ndependencies = ['core']\n"
            "[tool.uv.sources]\ncore = {workspace = true}\n",
            "packages/core/pyproject.toml": "[project]\nname = 'core'\n",
            "packages/old/pyproject.toml": "[project]\nname = 'old'\n",
        },
    )
    found = look(find_python_workspace, tmp_path, "packages/api")
    assert (found.root, found.manager, found.name, found.lock) == ("", "uv", "api", "uv.lock")
    assert [sibling.path for sibling in found.siblings] == ["packages/core"]
    assert look(find_python_workspace, tmp_path, "packages/old") is None


@pytest.mark.parametrize(
    ("name", "text", "manager"),
    [
        (
            "pyproject.toml",
            "[tool.poetry]\nname='a'\n[tool.poetry.dependencies]\nlib = {path = '../lib', develop = true}\n",
            "poetry",
        ),
        ("pyproject.toml", "[tool.poetry.group.main.dependencies]\nlib = {path = '../lib'}\n", "poetry"),
        ("pyproject.toml", "[project]\nname='a'\n[tool.uv.sources]\nlib = {path = '../lib'}\n", "uv"),
        ("requirements.txt", "flask\n-e ../lib\n", "pip"),
        ("requirements.txt", "-r ../requirements.txt\n", "pip"),
    ],
)
def test_paths_of_python_lead_out_of_the_folder(tmp_path, name, text, manager):
    write_tree(tmp_path, {f"api/{name}": text})
    found = look(find_python_workspace, tmp_path, "api")
    assert (found.root, found.member, found.manager, found.declared) == ("", "api", manager, False)


@pytest.mark.parametrize("path", ["../../x", "/etc", "../../../x", "./inside"])
def test_a_path_out_of_the_tree_or_within_the_folder_makes_no_workspace(tmp_path, path):
    write_tree(tmp_path, {"api/requirements.txt": f"-e {path}\n", "api/package.json": {"dependencies": {"x": f"file:{path}"}}})
    assert look(find_python_workspace, tmp_path, "api") is None
    assert look(find_node_workspace, tmp_path, "api") is None
