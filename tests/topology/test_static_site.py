"""The line that takes a site out of what a build made, run by a real shell."""

import json
import subprocess

import pytest

from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.tree import DiskTree


@pytest.mark.parametrize("page", ["index.html", "shop/browser/index.csr.html"])
def test_the_page_nearest_to_the_top_is_that_of_the_site(tmp_path, page):
    project, built = tmp_path / "project", tmp_path / "built"
    project.mkdir()
    package = {"private": True, "scripts": {"build": "docusaurus build"}, "dependencies": {"@docusaurus/core": "3"}}
    (project / "package.json").write_text(json.dumps(package))
    advice = analyze_folder(DiskTree(project), "").recommendation
    assert advice is not None
    line = next(line for line in (advice.dockerfile or "").splitlines() if line.startswith("RUN mkdir /site"))
    page_file = built / "build" / page
    for file in (page_file, page_file.parent / "a" / "index.html", page_file.parent / "a" / "b c" / "index.html"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("<p>")
    command = line.removeprefix("RUN ").replace("/site", str(tmp_path / "site"))
    subprocess.run(["sh", "-c", command], cwd=built, check=True)
    assert (tmp_path / "site" / page.rpartition("/")[2]).is_file()
