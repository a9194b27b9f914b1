"""The grammars of proxies: forms of addresses, nesting, comments and texts."""

import pytest

from kyozo_gql.core.spec import PortProtocol
from kyozo_gql.topology.proxy_caddy import read_caddyfile
from kyozo_gql.topology.proxy_haproxy import read_haproxy
from kyozo_gql.topology.proxy_nginx import read_nginx


def nothing(_: str) -> tuple[()]:
    return ()


def nginx(text: str):
    return read_nginx(text, "nginx.conf", nothing)


@pytest.mark.parametrize(
    ("listen", "ports"),
    [
        ("80", [80]),
        ("*:8080", [8080]),
        ("[::]:443 ssl http2", [443]),
        ("127.0.0.1:9000 default_server reuseport", [9000]),
        ("localhost:7000", [7000]),
        ("127.0.0.1", [80]),
        ("8000-8002", [8000, 8001, 8002]),
        ("unix:/run/a.sock", []),
        ("$PORT", []),
        ("99999", []),
        ("0", []),
    ],
)
def test_what_nginx_listens_on(listen, ports):
    config = nginx(f"server {{ listen {listen}; }}")
    assert config is not None
    assert [listener.port for listener in config.listeners] == ports


@pytest.mark.parametrize(
    ("passed", "upstreams", "variables"),
    [
        ("proxy_pass http://api:3000/v1/;", ["api:3000"], ()),
        ("proxy_pass https://far.example.com$request_uri;", ["far.example.com"], ()),
        ("set $to http://api:3000; proxy_pass $to;", ["api:3000"], ()),
        ("set $host api; proxy_pass http://$host:3000;", ["api:3000"], ()),
        ("proxy_pass http://${API_HOST}:3000;", [], ("API_HOST",)),
        ("proxy_pass http://unix:/run/app.sock;", [], ()),
        ("fastcgi_pass unix:/run/php.sock;", [], ()),
        ("fastcgi_pass php:9000;", ["php:9000"], ()),
        ("grpc_pass grpcs://rpc:50051;", ["rpc:50051"], ()),
        ('return 200 "proxy_pass http://no:1;";', [], ()),
        ("# proxy_pass http://no:1;\n", [], ()),
        ("content_by_lua_block { ngx.say('proxy_pass http://no:1;') }", [], ()),
    ],
)
def test_where_nginx_passes_requests(passed, upstreams, variables):
    config = nginx(f"server {{ location / {{ {passed} }} }}")
    assert config is not None
    assert [upstream.address for upstream in config.upstreams] == upstreams
    assert config.variables == variables


def test_nginx_says_the_line_of_what_it_found():
    head = "events {}\nhttp {\n  upstream a {\n    server one:1;\n  }\n"
    config = nginx(head + "  server {\n    listen\n      81;\n    location / { proxy_pass http://a; }\n  }\n}\n")
    assert config is not None
    assert [(item.port, item.line) for item in config.listeners] == [(81, 7)]
    assert [(item.address, item.line) for item in config.upstreams] == [("one:1", 4)]
    assert (config.whole, config.foreground) == (True, False)


@pytest.mark.parametrize(
    "text", ["", "gzip on;", "upstream a { server b:1; }", "}", "{", "server {", "server { listen 80;", '"', "a" * 10_000]
)
def test_texts_that_are_no_server_of_nginx(text):
    config = nginx(text)
    assert config is None or config.listeners


@pytest.mark.parametrize(
    ("text", "ports", "upstreams"),
    [
        ("example.com\nreverse_proxy api:3000\n", [80, 443], ["api:3000"]),
        ("http://example.com {\n reverse_proxy h2c://api:3000\n}\n", [80], ["api:3000"]),
        (":8080, :9090 {\n respond hello\n}\n", [8080, 9090], []),
        ("a.example,\nb.example:8443 {\n reverse_proxy @x api:1 api:2\n}\n", [80, 443, 8443], ["api:1", "api:2"]),
        (
            ":80 {\n reverse_proxy {\n  dynamic srv _api._tcp.example.com\n  to :9000\n }\n}\n",
            [80],
            ["_api._tcp.example.com", "localhost:9000"],
        ),
        (":80 {\n # reverse_proxy no:1\n respond `reverse_proxy no:1`\n}\n", [80], []),
        (":80 {\n handle /a/* {\n  route {\n   reverse_proxy unix//run/a.sock deep:1\n  }\n }\n}\n", [80], ["deep:1"]),
        ("{$HOST:localhost}:{$PORT:8000} {\n reverse_proxy {$API:api:3000}\n}\n", [8000], ["api:3000"]),
    ],
)
def test_caddyfiles(text, ports, upstreams):
    config = read_caddyfile(text, "Caddyfile", nothing)
    assert config is not None
    assert [listener.port for listener in config.listeners] == ports
    assert [upstream.address for upstream in config.upstreams] == upstreams


def test_haproxy_binds_servers_and_sections_that_are_neither():
    text = """
frontend web
    bind [::]:80 v4v6
    bind "*:443" ssl crt /certs
    bind quic4@:443 ssl
    bind :"${PORT}"
backend api
    server one api:3000 check # server two no:1
    server sock /run/app.sock
    server var "${HOST}:1"
peers mine
    server not no:2
"""
    config = read_haproxy(text, "haproxy.cfg")
    assert config is not None
    assert [(item.port, item.protocol, item.line) for item in config.listeners] == [
        (80, PortProtocol.TCP, 3),
        (443, PortProtocol.TCP, 4),
        (443, PortProtocol.UDP, 5),
    ]
    assert [(item.address, item.line) for item in config.upstreams] == [("api:3000", 8)]
    assert config.variables == ("PORT", "HOST")
