"""What the Dockerfiles of proxies say: where the configuration and what it names go, and who may read and write there."""

import re
import subprocess

import pytest

from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.tree import DiskTree

HAPROXY = """global
  log stdout format raw local0
  chroot /var/lib/haproxy
  user haproxy
  group haproxy
defaults
  mode http
frontend web
  bind *:8080
  default_backend apis
backend apis
  server api1 api:3000
userlist ops
  user admin insecure-password word
"""
NGINX = """events {}
http {
  server {
    listen 8080;
    location / { proxy_pass http://api:3000; }
    location /pages/ { alias /usr/share/nginx/html/; }
    location /up { root /var/../html; }
  }
}
"""


def lines(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    advice = analyze_folder(DiskTree(root), "").recommendation
    assert advice is not None
    return (advice.dockerfile or "").splitlines()


def test_haproxy_is_not_told_to_become_another_user(tmp_path):
    run = next(line for line in lines(tmp_path, {"haproxy.cfg": HAPROXY}) if line.startswith("RUN sed"))
    command = run.removeprefix("RUN ").replace("/usr/local/etc/haproxy", str(tmp_path))
    subprocess.run(["sh", "-c", command], check=True)
    left = (tmp_path / "haproxy.cfg").read_text()
    assert set(HAPROXY.splitlines()) - set(left.splitlines()) == {"  chroot /var/lib/haproxy", "  user haproxy", "  group haproxy"}


def test_haproxy_that_asks_for_nobody_is_left_as_it_is(tmp_path):
    plain = re.sub(r"  (?:chroot|user haproxy|group).*\n", "", HAPROXY)
    assert not any(line.startswith("RUN sed") for line in lines(tmp_path, {"haproxy.cfg": plain.partition("userlist")[0]}))


def test_folders_are_where_the_configuration_looks_for_them(tmp_path):
    found = [line for line in lines(tmp_path, {"nginx.conf": NGINX, "html/index.html": "<p>"}) if " html " in line]
    assert found == ["COPY --chown=10001:10001 html /etc/nginx/html", "COPY --chown=10001:10001 html /usr/share/nginx/html"]


@pytest.mark.parametrize(
    ("file", "text", "folder"),
    [
        ("Caddyfile", ":8080 {\n  reverse_proxy api:3000\n}\n", "/config /data"),
        ("haproxy.cfg", HAPROXY, "/run/haproxy /run /var/lib/haproxy"),
    ],
)
def test_a_proxy_may_write_where_it_does(tmp_path, file, text, folder):
    found = lines(tmp_path, {file: text})
    assert found.index(f"RUN mkdir -p {folder} && chmod -R a+rwX {folder}") < found.index("USER 10001:10001")


def test_relative_paths_start_where_the_configuration_is(tmp_path):
    text = "entryPoints:\n  web:\n    address: ':8085'\nproviders:\n  file:\n    directory: ./dynamic\n"
    found = lines(tmp_path, {"traefik.yml": text, "dynamic/routes.yml": "http: {}\n"})
    assert "COPY --chown=10001:10001 dynamic /etc/traefik/dynamic" in found
    assert "WORKDIR /etc/traefik" in found
    assert found[-1] == 'ENTRYPOINT ["traefik", "--configFile=/etc/traefik/traefik.yml"]'
