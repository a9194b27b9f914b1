"""Backing services: which client library, image, scheme or variable says that a folder needs one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kyozo_gql.topology.addresses import read_address, referenced_addresses
from kyozo_gql.topology.environment import parse_env
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.model import Dependency

_LIBRARIES = {
    "postgres": (
        "psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary", "asyncpg", "pg8000", "aiopg", "psycopg-pool", "pg",
        "pg-promise",
        "postgres", "postgres.js", "pg-pool", "@neondatabase/serverless", "@vercel/postgres", "@prisma/adapter-pg", "pgvector",
        "github.com/lib/pq", "github.com/jackc/pgx", "gorm.io/driver/postgres", "github.com/go-pg/pg",
        "github.com/uptrace/bun/driver/pgdriver", "tokio-postgres", "deadpool-postgres", "postgres-types",
    ),
    "mysql": (
        "mysqlclient", "pymysql", "aiomysql", "asyncmy", "mysql-connector-python", "mysql-connector", "mysql", "mysql2", "mariadb",
        "github.com/go-sql-driver/mysql", "gorm.io/driver/mysql", "mysql_async",
    ),
    "mssql": (
        "pymssql", "mssql", "tedious", "mssql-django", "github.com/microsoft/go-mssqldb", "github.com/denisenkom/go-mssqldb",
        "gorm.io/driver/sqlserver", "tiberius",
    ),
    "mongo": (
        "pymongo", "motor", "mongoengine", "beanie", "flask-pymongo", "djongo", "mongodb", "mongoose", "monk", "@nestjs/mongoose",
        "connect-mongo", "@typegoose/typegoose", "go.mongodb.org/mongo-driver",
    ),
    "redis": (
        "redis", "aioredis", "django-redis", "channels-redis", "rq", "arq", "django-rq", "walrus", "huey", "valkey", "ioredis",
        "bull",
        "bullmq", "bee-queue", "connect-redis", "redlock", "rate-limit-redis", "@socket.io/redis-adapter",
        "cache-manager-redis-store",
        "@keyv/redis", "github.com/redis/go-redis", "github.com/go-redis/redis", "github.com/gomodule/redigo",
        "github.com/redis/rueidis",
        "github.com/valkey-io/valkey-go", "github.com/hibiken/asynq", "deadpool-redis", "fred", "bb8-redis", "@redis/client",
    ),
    "amqp": (
        "pika", "aio-pika", "kombu", "amqp", "amqplib", "amqp-connection-manager", "rhea", "@golevelup/nestjs-rabbitmq", "rascal",
        "github.com/rabbitmq/amqp091-go", "github.com/streadway/amqp", "lapin", "amqprs",
    ),
    "kafka": (
        "kafka-python", "kafka-python-ng", "confluent-kafka", "aiokafka", "faust", "faust-streaming", "kafkajs", "node-rdkafka",
        "@confluentinc/kafka-javascript", "kafka-node", "github.com/segmentio/kafka-go", "github.com/ibm/sarama",
        "github.com/shopify/sarama", "github.com/confluentinc/confluent-kafka-go", "github.com/twmb/franz-go", "rdkafka",
    ),
    "elasticsearch": (
        "elasticsearch", "elasticsearch-dsl", "django-elasticsearch-dsl", "@elastic/elasticsearch", "@nestjs/elasticsearch",
        "github.com/elastic/go-elasticsearch", "github.com/olivere/elastic",
    ),
    "opensearch": ("opensearch-py", "opensearch-dsl", "@opensearch-project/opensearch",
    "github.com/opensearch-project/opensearch-go",
    "opensearch"),
    "memcached": (
        "pymemcache", "pylibmc", "python-memcached", "aiomcache", "memcached", "memjs", "github.com/bradfitz/gomemcache",
        "memcache",
    ),
    "nats": ("nats-py", "asyncio-nats-client", "nats", "@nats-io/transport-node", "github.com/nats-io/nats.go", "async-nats"),
    "s3": (
        "minio", "@aws-sdk/client-s3", "multer-s3", "github.com/minio/minio-go", "github.com/aws/aws-sdk-go-v2/service/s3",
        "aws-sdk-s3", "rust-s3",
    ),
    "clickhouse": (
        "clickhouse-driver", "clickhouse-connect", "asynch", "@clickhouse/client", "github.com/clickhouse/clickhouse-go",
        "clickhouse",
    ),
    "neo4j": ("neo4j", "neomodel", "py2neo", "neo4j-driver", "github.com/neo4j/neo4j-go-driver", "neo4rs"),
    "cassandra": ("cassandra-driver", "scylla-driver", "github.com/gocql/gocql", "github.com/apache/cassandra-gocql-driver",
    "scylla",
    "cdrs-tokio"),
    "qdrant": ("qdrant-client", "@qdrant/js-client-rest", "@qdrant/js-client-grpc", "github.com/qdrant/go-client",
    "langchain-qdrant"),
    "weaviate": ("weaviate-client", "weaviate-ts-client", "github.com/weaviate/weaviate-go-client", "langchain-weaviate"),
    "chroma": ("chromadb-client", "chromadb"),
    "influxdb": ("influxdb", "influxdb-client", "influxdb3-python", "@influxdata/influxdb-client",
    "github.com/influxdata/influxdb-client-go"),
    "mqtt": ("paho-mqtt", "aiomqtt", "asyncio-mqtt", "gmqtt", "mqtt", "github.com/eclipse/paho.mqtt.golang", "rumqttc",
    "paho-mqtt-rs"),
    "meilisearch": ("meilisearch", "meilisearch-python-sdk", "github.com/meilisearch/meilisearch-go", "meilisearch-sdk"),
    "etcd": ("etcd3", "go.etcd.io/etcd/client", "etcd-client"),
}  # fmt: skip
BACKING_SERVICES = frozenset(_LIBRARIES)
_BY_LIBRARY = {library: service for service, libraries in _LIBRARIES.items() for library in libraries}
_SCHEMES = {
    "postgres": "postgres", "postgresql": "postgres", "postgis": "postgres", "pgsql": "postgres", "psql": "postgres",
    "cockroachdb": "postgres", "mysql": "mysql", "mysql2": "mysql", "mariadb": "mysql", "mssql": "mssql", "sqlserver": "mssql",
    "mongodb": "mongo", "redis": "redis", "rediss": "redis", "valkey": "redis", "valkeys": "redis", "amqp": "amqp", "amqps": "amqp",
    "kafka": "kafka", "nats": "nats", "tls+nats": "nats", "memcached": "memcached", "clickhouse": "clickhouse", "s3": "s3",
    "neo4j": "neo4j", "bolt": "neo4j", "cassandra": "cassandra", "mqtt": "mqtt", "mqtts": "mqtt", "elasticsearch": "elasticsearch",
    "influxdb": "influxdb", "qdrant": "qdrant",
}  # fmt: skip
_IMAGES = {
    "postgres": "postgres", "postgresql": "postgres", "postgis": "postgres", "pgvector": "postgres", "timescaledb": "postgres",
    "timescaledb-ha": "postgres", "cockroach": "postgres", "mysql": "mysql", "mysql-server": "mysql", "mariadb": "mysql",
    "percona": "mysql", "mongo": "mongo", "mongodb": "mongo", "mongodb-community-server": "mongo", "redis": "redis",
    "valkey": "redis",
    "redis-stack": "redis", "redis-stack-server": "redis", "keydb": "redis", "dragonfly": "redis", "rabbitmq": "amqp",
    "kafka": "kafka", "cp-kafka": "kafka", "cp-server": "kafka", "redpanda": "kafka", "kafka-native": "kafka",
    "elasticsearch": "elasticsearch", "elasticsearch-oss": "elasticsearch", "opensearch": "opensearch", "memcached": "memcached",
    "nats": "nats", "minio": "s3", "clickhouse": "clickhouse", "clickhouse-server": "clickhouse", "neo4j": "neo4j",
    "cassandra": "cassandra", "scylla": "cassandra", "qdrant": "qdrant", "weaviate": "weaviate", "chroma": "chroma",
    "influxdb": "influxdb", "eclipse-mosquitto": "mqtt", "emqx": "mqtt", "meilisearch": "meilisearch", "etcd": "etcd",
    "azure-sql-edge": "mssql",
}  # fmt: skip
_IMAGE_PATHS = {"mssql/server": "mssql"}
# Tools that stand beside a database while one works on an application.
_COMPANIONS = frozenset(
    {
        "adminer", "pgadmin4", "phpmyadmin", "mongo-express", "redis-commander", "redisinsight", "mailhog", "mailpit", "maildev",
        "mailcatcher", "inbucket", "smtp4dev", "localstack", "zookeeper", "cp-zookeeper", "kafka-ui", "akhq", "kafdrop", "console",
        "cp-schema-registry", "cp-kafka-connect", "dynamodb-local", "azurite", "fake-gcs-server", "kibana", "opensearch-dashboards",
        "pgbouncer", "cloudbeaver", "selenium", "standalone-chrome", "stripe-cli", "stripe-mock", "wiremock", "mc", "pgweb",
    }
)  # fmt: skip
_NAMED = re.compile(
    r"^(?:\w+_)?(?P<service>POSTGRES(?:QL)?|PG|MYSQL|MARIADB|MSSQL|MONGO(?:DB)?|REDIS|VALKEY|RABBITMQ|AMQP|KAFKA|ELASTIC(?:SEARCH)?|"
    r"OPENSEARCH|MEMCACHED?|NATS|MINIO|S3|CLICKHOUSE|NEO4J|CASSANDRA|QDRANT|WEAVIATE|CHROMA|INFLUX(?:DB)?|MQTT|MEILI(?:SEARCH)?)"
    r"_?(?:HOST|HOSTNAME|URL|URI|ADDR|ADDRESS|ENDPOINT|BROKERS?|BROKER_URL|SERVERS?|BOOTSTRAP_SERVERS|NODES?|DSN|PORT)$"
)
_BY_NAME = {
    "POSTGRESQL": "postgres", "PG": "postgres", "MARIADB": "mysql", "MONGODB": "mongo", "VALKEY": "redis", "RABBITMQ": "amqp",
    "ELASTIC": "elasticsearch", "MEMCACHE": "memcached", "MINIO": "s3", "INFLUX": "influxdb", "MEILI": "meilisearch",
}  # fmt: skip
_DRIVER = re.compile(
    r"^(?:DB|DATABASE|QUEUE|CACHE|SESSION|BROADCAST|TYPEORM|BROKER)_(?:CONNECTION|DRIVER|ENGINE|DIALECT|TYPE|STORE)$"
)
_PRISMA = re.compile(r'^[ \t]{0,40}provider\s{0,40}=\s{0,40}"(postgresql|mysql|mongodb|sqlserver|cockroachdb)"', re.MULTILINE)
_ENVIRONMENT_FILES = (".env", ".env.production", ".env.local", ".env.development")
_CONFIGURATION_FILES = (
    "config.json", "config.yaml", "config.yml", "config.toml", "settings.toml", "settings.yaml", "settings.yml", "application.yml",
    "application.yaml", "application.properties", "appsettings.json", "config.ini", "settings.ini", "vite.config.js",
    "vite.config.ts",
    "next.config.js", "next.config.mjs", "next.config.ts", "nuxt.config.ts", "proxy.conf.json", "alembic.ini",
)  # fmt: skip
_CONFIGURATION_FOLDERS = ("config", "conf", "settings")
_CONFIGURATION_SUFFIXES = (".json", ".yaml", ".yml", ".toml", ".ini", ".properties")
_MAX_FILES = 20  # of configuration, the likeliest first: a folder of more holds data
_MAX_LINE = 2_000  # a longer line is minified, or data
_URL = re.compile(r"(?:jdbc:)?[a-z][a-z0-9+.-]{1,30}://[^\s\"'`<>,;)}\]]{1,300}")
_SECRET = re.compile(r"://[^/@\s]*@")
_VERSION_SUFFIX = re.compile(r"/v\d+$")
_SCHEME = re.compile(r"^(?:jdbc:)?([a-z][a-z0-9+.-]{1,30})://")


def library_dependencies(folder: Folder, file: str, libraries: Iterable[str]) -> list[Dependency]:
    """The backing services that the client libraries of a manifest ask for, each once."""
    needed: dict[str, str] = {}
    for library in sorted(libraries):
        service = _BY_LIBRARY.get(_VERSION_SUFFIX.sub("", library.lower()))
        if service:
            needed.setdefault(service, library)
    found = [
        Dependency(folder.path, service, "library", f"{_where(folder, file, library)} asks for {library}")
        for service, library in sorted(needed.items())
    ]
    return [*found, *_prisma_dependencies(folder, needed)] if "prisma" in libraries or "@prisma/client" in libraries else found


def environment_dependencies(folder: Folder, file: str | None, values: dict[str, str]) -> list[Dependency]:
    """What the variables of an environment file point at, each target once.

    A backing service where scheme or name of the variable says so, else a host: the name of a sibling, or ``localhost:PORT``.
    """
    found: dict[str, Dependency] = {}
    for name, value in values.items():
        service = variable_service(name, value)
        addresses = () if service else referenced_addresses(name, value)
        for target in (service,) if service else tuple(address.target for address in addresses):
            if target and target not in found:
                found[target] = Dependency(folder.path, target, "environment", f"{_where(folder, file or '', name)} sets {name}")
    return list(found.values())


def configuration_dependencies(folder: Folder) -> list[Dependency]:
    """What the addresses in configuration files and in environment files besides the example point at, each target once."""
    found: dict[str, Dependency] = {}
    names = [name for name in _ENVIRONMENT_FILES if folder.has(name)]
    for name in names:
        for edge in environment_dependencies(folder, name, parse_env(folder.read(name) or "", {})):
            found.setdefault(edge.target, edge)
    configs = [name for name in _CONFIGURATION_FILES if folder.has(name)]
    for sub in _CONFIGURATION_FOLDERS:
        if folder.has_folder(sub):
            listed = (name for name in folder.tree.files(folder.locate(sub)) if name.endswith(_CONFIGURATION_SUFFIXES))
            configs += [f"{sub}/{name}" for name in listed]
    for name in configs[:_MAX_FILES]:
        for line, url in _urls(folder.head(name)):
            scheme = _SCHEME.match(url)
            service = _SCHEMES.get(scheme[1].split("+", maxsplit=1)[0]) if scheme else None
            address = None if service else read_address(url)
            target = service or (address.target if address else None)
            if target:
                evidence = f"{folder.locate(name)}:{line} names {_SECRET.sub('://', url)[:100]}"
                found.setdefault(target, Dependency(folder.path, target, "configuration", evidence))
    return list(found.values())


def _urls(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if "://" in line:
            for match in _URL.finditer(line[:_MAX_LINE]):
                yield number, match[0]


def variable_service(name: str, value: str) -> str | None:
    """The backing service that a variable is about, by the scheme of its value or by its own name."""
    scheme = _SCHEME.match(value[:500])
    if scheme:
        found = _SCHEMES.get(scheme[1].split("+", maxsplit=1)[0])
        if found or scheme[1] not in {"http", "https", "tcp"}:
            return found
    if _DRIVER.match(name):
        return _SCHEMES.get(value.strip().lower())
    named = _NAMED.match(name.upper()) if value.strip() else None
    return _BY_NAME.get(named["service"], named["service"].lower()) if named else None


def image_service(image: str) -> str | None:
    """The backing service that an image is, by the last part of its name."""
    path = image.partition("@")[0].lower()
    name = path.rpartition("/")[2].partition(":")[0]
    found = _IMAGES.get(name)
    return found or next((service for part, service in _IMAGE_PATHS.items() if part in path), None)


def is_companion(image: str) -> bool:
    """Whether an image is a tool that stands beside a database while one works on an application."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower() in _COMPANIONS


def _prisma_dependencies(folder: Folder, needed: Iterable[str]) -> list[Dependency]:
    name = folder.first("prisma/schema.prisma", "schema.prisma")
    text = folder.read(name) if name else None
    match = _PRISMA.search(text) if text else None
    service = _SCHEMES[match[1]] if match and match[1] in _SCHEMES else None
    if name is None or text is None or match is None or service is None or service in needed:
        return []
    line = text.count("\n", 0, match.start(1)) + 1
    return [Dependency(folder.path, service, "library", f"{folder.locate(name)}:{line} has the provider {match[1]}")]


def _where(folder: Folder, file: str, word: str) -> str:
    """The place of a word in a file: path and, where it is found, line."""
    text = folder.read(file) if file and folder.has(file) else None
    at = text.find(word) if text else -1
    place = folder.locate(file)
    return f"{place}:{text.count(chr(10), 0, at) + 1}" if text and at >= 0 else place
