"""Which files of a folder are the configuration of a proxy, and what they say."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterator

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.parsing import ParseError, parse_json, parse_yaml
from kyozo_gql.topology.proxy_caddy import read_caddyfile
from kyozo_gql.topology.proxy_config import Opener, ProxyConfig
from kyozo_gql.topology.proxy_documents import Document, read_caddy_json, read_envoy, read_traefik
from kyozo_gql.topology.proxy_haproxy import read_haproxy
from kyozo_gql.topology.proxy_nginx import read_nginx

_NGINX = ("nginx.conf", "nginx.conf.template", "default.conf", "default.conf.template")
_NGINX_FOLDERS = (("templates", "*.template"), ("conf.d", "*.conf"), ("sites-enabled", "*"))
# Where images keep their configuration: what is included from there is looked for beside the file itself.
_PREFIXES = ("/etc/nginx/", "/usr/local/etc/nginx/", "/usr/local/nginx/conf/", "/usr/local/openresty/nginx/conf/", "/etc/caddy/")
_PARTS = frozenset({"conf.d", "sites-enabled", "sites-available", "snippets", "templates", "includes"})
_TRAEFIK = ("traefik.yml", "traefik.yaml", "traefik.toml")
_ENVOY = ("envoy.yaml", "envoy.yml", "envoy.json", "front-envoy.yaml")
_DYNAMIC = (
    "dynamic*.y*ml", "dynamic*.toml", "traefik[-_.]dynamic*.y*ml", "traefik[-_.]dynamic*.toml", "config.y*ml", "routes*.y*ml",
    "services*.y*ml", "dynamic/*.y*ml", "dynamic/*.toml", "conf/*.y*ml", "config/*.y*ml", "conf.d/*.y*ml",
)  # fmt: skip
_MAX_FILES = 40  # of one proxy; a pattern that names more names files of data


def find_config(folder: Folder) -> ProxyConfig | None:
    """The configuration of a proxy in a folder; None where there is none that listens."""
    if folder.path.rpartition("/")[2] in _PARTS:
        return None  # a part of the configuration of the folder above
    return _find_nginx(folder) or _find_caddy(folder) or _find_haproxy(folder) or _find_traefik(folder) or _find_envoy(folder)


def read_proxy_text(path: str, text: str) -> ProxyConfig | None:
    """The configuration in a single file, by its name; None where it is none."""
    name = path.rpartition("/")[2]
    if name.endswith((".conf", ".conf.template")):
        return read_nginx(text, path, lambda _: ())
    if name == "Caddyfile":
        return read_caddyfile(text, path, lambda _: ())
    if name == "haproxy.cfg":
        return read_haproxy(text, path)
    if name in _ENVOY:
        try:
            table, lines = (parse_json(text), {}) if name.endswith(".json") else parse_yaml(text)
        except ParseError:
            return None
        return read_envoy(Document(path, table, lines))
    return None


def _find_nginx(folder: Folder) -> ProxyConfig | None:
    names = [name for name in _NGINX if folder.has(name)]
    for sub, pattern in _NGINX_FOLDERS:
        if folder.has_folder(sub):
            names += [f"{sub}/{name}" for name in folder.tree.files(folder.locate(sub)) if fnmatch.fnmatchcase(name, pattern)]
    last = folder.path.rpartition("/")[2].lower()
    named_so = "nginx" in last or last in {"proxy", "reverse-proxy", "gateway", "edge"}
    if folder.has_kind((".conf",)):
        names += [
            name for name in sorted(folder.names) if name.endswith(".conf") and (named_so or "nginx" in name) and name not in names
        ]
    for name in names[:_MAX_FILES]:
        text = folder.read(name)
        config = read_nginx(text, name, _opener(folder)) if text else None
        if config is not None:
            return config
    return None


def _find_caddy(folder: Folder) -> ProxyConfig | None:
    if folder.has("Caddyfile") and (text := folder.read("Caddyfile")):
        return read_caddyfile(text, "Caddyfile", _opener(folder))
    document = folder.json("caddy.json")
    return read_caddy_json(Document("caddy.json", document, {})) if document else None


def _find_haproxy(folder: Folder) -> ProxyConfig | None:
    text = folder.read("haproxy.cfg")
    return read_haproxy(text, "haproxy.cfg") if text else None


def _find_traefik(folder: Folder) -> ProxyConfig | None:
    name = folder.first(*_TRAEFIK)
    document = _document(folder, name) if name else None
    if name is None or document is None:
        return None
    dynamic: list[Document] = []
    for pattern in _DYNAMIC:
        for other in _matches(folder, pattern):
            found = _document(folder, other) if other != name and len(dynamic) < _MAX_FILES else None
            if found and {"http", "tcp", "udp"} & found.table.keys():
                dynamic.append(found)
    return read_traefik(document, dynamic)


def _find_envoy(folder: Folder) -> ProxyConfig | None:
    name = folder.first(*_ENVOY)
    document = _document(folder, name) if name else None
    return read_envoy(document) if document else None


def _document(folder: Folder, name: str) -> Document | None:
    read = folder.toml if name.endswith(".toml") else folder.json if name.endswith(".json") else folder.yaml
    table = read(name)
    return Document(name, table, folder.lines(name)) if table else None


def _opener(folder: Folder) -> Opener:
    def open_(pattern: str) -> Iterator[tuple[str, str]]:
        for name in _matches(folder, pattern):
            text = folder.read(name)
            if text is not None:
                yield name, text

    return open_


def _matches(folder: Folder, pattern: str) -> list[str]:
    """The files of the folder that a pattern means, in order; none where it leads elsewhere."""
    for prefix in _PREFIXES:
        pattern = pattern.removeprefix(prefix)
    path = posixpath.normpath(pattern)
    if path.startswith(("/", "..")) or len(path) > _MAX_FILES * 10:
        return []
    parent, _, last = path.rpartition("/")
    if "*" not in last and "?" not in last and "[" not in last:
        return [path] if folder.has(path) else []
    if parent and not folder.has_folder(parent.partition("/")[0]):
        return []
    names = fnmatch.filter(folder.tree.files(folder.locate(parent) if parent else folder.path), last)
    return [f"{parent}/{name}" if parent else name for name in sorted(names)][:_MAX_FILES]
