"""The line that takes a site out of what a build made, run by a real shell."""

import json
import subprocess

import pytest

from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.tree import DiskTree


def line_of(project):
    project.mkdir()
    package = {"private": True, "scripts": {"build": "docusaurus build"}, "dependencies": {"@docusaurus/core": "3"}}
    (project / "package.json").write_text(json.dumps(package))
    advice = analyze_folder(DiskTree(project), "").recommendation
    assert advice is not None
    return next(line for line in (advice.dockerfile or "").splitlines() if "mkdir /site" in line).removeprefix("RUN ")


@pytest.mark.parametrize("page", ["index.html", "shop/browser/index.csr.html"])
def test_the_page_nearest_to_the_top_is_that_of_the_site(tmp_path, page):
    built = tmp_path / "built"
    line = line_of(tmp_path / "project")
    page_file = built / "build" / page
    for file in (page_file, page_file.parent / "a" / "index.html", page_file.parent / "a" / "b c" / "index.html"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("<p>")
    page_file.write_text("the page")
    subprocess.run(["sh", "-c", line.replace("/site", str(tmp_path / "site"))], cwd=built, check=True)
    assert (tmp_path / "site" / "index.html").read_text() == "the page"


def test_a_build_that_made_no_page_fails(tmp_path):
    line = line_of(tmp_path / "project").replace("/site", str(tmp_path / "site"))
    (tmp_path / "build").mkdir()
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, check=False)
    assert done.returncode != 0
    assert not (tmp_path / "site").exists()
