"""Backing services: which client library, image or address says that a folder needs one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.model import Dependency

_LIBRARIES = {
    "postgres": (
        "psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary", "asyncpg", "pg8000", "aiopg", "pg", "pg-promise", "postgres",
        "github.com/lib/pq", "github.com/jackc/pgx", "gorm.io/driver/postgres", "tokio-postgres", "deadpool-postgres",
    ),
    "mysql": (
        "mysqlclient", "pymysql", "aiomysql", "asyncmy", "mysql-connector-python", "mysql", "mysql2", "mariadb",
        "github.com/go-sql-driver/mysql", "gorm.io/driver/mysql", "mysql_async",
    ),
    "mongo": ("pymongo", "motor", "mongoengine", "beanie", "mongodb", "mongoose", "go.mongodb.org/mongo-driver"),
    "redis": (
        "redis", "aioredis", "django-redis", "rq", "arq", "ioredis", "bull", "bullmq", "connect-redis", "github.com/redis/go-redis",
        "github.com/go-redis/redis", "github.com/gomodule/redigo", "github.com/hibiken/asynq", "deadpool-redis", "fred",
    ),
    "amqp": ("pika", "aio-pika", "kombu", "amqplib", "amqp-connection-manager", "github.com/rabbitmq/amqp091-go",
    "github.com/streadway/amqp", "lapin"),
    "kafka": (
        "kafka-python", "confluent-kafka", "aiokafka", "faust-streaming", "kafkajs", "node-rdkafka",
        "github.com/segmentio/kafka-go",
        "github.com/ibm/sarama", "github.com/confluentinc/confluent-kafka-go", "rdkafka",
    ),
    "elasticsearch": ("elasticsearch", "elasticsearch-dsl", "@elastic/elasticsearch", "github.com/elastic/go-elasticsearch"),
    "memcached": ("pymemcache", "pylibmc", "python-memcached", "memcached", "memjs", "github.com/bradfitz/gomemcache"),
    "nats": ("nats-py", "nats", "github.com/nats-io/nats.go", "async-nats"),
}  # fmt: skip
BACKING_SERVICES = frozenset(_LIBRARIES)
_BY_LIBRARY = {library: service for service, libraries in _LIBRARIES.items() for library in libraries}
_SCHEMES = {
    "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "mongodb": "mongo",
    "mongodb+srv": "mongo",
    "redis": "redis", "rediss": "redis", "valkey": "redis", "amqp": "amqp", "amqps": "amqp", "kafka": "kafka", "nats": "nats",
}  # fmt: skip
_IMAGES = {
    "postgres": "postgres", "postgis": "postgres", "pgvector": "postgres", "timescaledb": "postgres", "mysql": "mysql",
    "mariadb": "mysql", "mongo": "mongo", "redis": "redis", "valkey": "redis", "rabbitmq": "amqp", "kafka": "kafka",
    "cp-kafka": "kafka", "elasticsearch": "elasticsearch", "memcached": "memcached", "nats": "nats",
}  # fmt: skip
_VERSION_SUFFIX = re.compile(r"/v\d+$")
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]{1,20})://")
_ADDRESS = re.compile(
    r"^(?:[a-z][a-z0-9+.-]{1,20}://)?(?:[^/@\s]{1,200}@)?([A-Za-z0-9][A-Za-z0-9_.-]{0,99})(?::(\d{2,5}))?(?:[/?].*)?$"
)


def library_dependencies(folder: Folder, file: str, libraries: Iterable[str]) -> list[Dependency]:
    """The backing services that the client libraries of a manifest ask for, each once."""
    needed: dict[str, str] = {}
    for library in sorted(libraries):
        service = _BY_LIBRARY.get(_VERSION_SUFFIX.sub("", library.lower()))
        if service:
            needed.setdefault(service, library)
    return [
        Dependency(folder.path, service, "library", f"{folder.locate(file)} asks for {library}")
        for service, library in sorted(needed.items())
    ]


def environment_dependencies(folder: Folder, file: str | None, values: dict[str, str]) -> list[Dependency]:
    """What the addresses in an example environment point at: a backing service by its scheme, else the name of a host."""
    found: list[Dependency] = []
    for name, value in values.items():
        scheme = _SCHEME.match(value)
        target = _SCHEMES.get(scheme[1].split("+", maxsplit=1)[0]) if scheme else None
        target = target or address_host(value, demand_port=scheme is None)
        if target:
            found.append(Dependency(folder.path, target, "environment", f"{folder.locate(file or '')} sets {name}"))
    return found


def address_host(value: str, *, demand_port: bool = False) -> str | None:
    """The host that an address or URL names, where it can be a sibling: no dots, not this machine."""
    match = _ADDRESS.match(value[:500])
    if match is None or (demand_port and not match[2]):
        return None
    host = match[1]
    return None if "." in host or host == "localhost" or host.isdigit() else host


def image_service(image: str) -> str | None:
    """The backing service that an image is, by the last part of its name."""
    return _IMAGES.get(image.rpartition("/")[2].partition("@")[0].partition(":")[0].lower())
