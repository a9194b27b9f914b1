"""What the libraries that a Go module requires say of it: a web framework, a program for the command line, a worker, no service."""

from __future__ import annotations

from collections.abc import Iterable

# Ahead of the others: what contains them.
_FRAMEWORKS = {
    "github.com/gobuffalo/buffalo": "buffalo", "github.com/go-kratos/kratos": "kratos", "github.com/zeromicro/go-zero": "go-zero",
    "github.com/tal-tech/go-zero": "go-zero", "github.com/pocketbase/pocketbase": "pocketbase", "go-micro.dev": "go-micro",
    "github.com/gogf/gf": "goframe", "github.com/cloudwego/hertz": "hertz", "github.com/gin-gonic/gin": "gin",
    "github.com/labstack/echo": "echo", "github.com/gofiber/fiber": "fiber", "github.com/kataras/iris": "iris",
    "github.com/beego/beego": "beego", "github.com/astaxie/beego": "beego", "github.com/revel/revel": "revel",
    "github.com/danielgtaylor/huma": "huma", "github.com/go-chi/chi": "chi", "github.com/gorilla/mux": "gorilla",
    "github.com/go-fuego/fuego": "fuego", "goa.design/goa": "goa", "gopkg.in/macaron.v1": "macaron",
    "github.com/go-martini/martini": "martini", "github.com/emicklei/go-restful": "go-restful",
    "github.com/uptrace/bunrouter": "bunrouter", "github.com/savsgio/atreugo": "atreugo", "github.com/twitchtv/twirp": "twirp",
    "github.com/julienschmidt/httprouter": "httprouter", "github.com/valyala/fasthttp": "fasthttp",
    "connectrpc.com/connect": "connect", "github.com/bufbuild/connect-go": "connect", "google.golang.org/grpc": "grpc",
}  # fmt: skip
_CLIENTS_TOO = frozenset({"grpc", "connect", "fasthttp", "twirp"})
_COMMAND_LINE = (
    "github.com/spf13/cobra", "github.com/urfave/cli", "github.com/alecthomas/kong", "github.com/jessevdk/go-flags",
    "github.com/mitchellh/cli", "github.com/hashicorp/cli", "github.com/docopt/docopt-go", "github.com/peterbourgon/ff",
    "github.com/google/subcommands", "github.com/alexflint/go-arg", "github.com/pborman/getopt",
)  # fmt: skip
# By the last part of their paths: they are forked a lot.
_TERMINAL = frozenset(
    {
        "bubbletea", "tview", "tcell", "termbox-go", "gocui", "vaxis", "termui", "termdash", "mauview", "go-prompt", "readline",
        "liner", "survey", "promptui", "huh", "gowid", "cview", "goterm",
    }
)  # fmt: skip
# What shows a page to whoever sits at the machine.
_BROWSERS = (
    "github.com/pkg/browser", "github.com/skratchdot/open-golang", "github.com/cli/browser", "github.com/toqueteos/webbrowser",
    "github.com/icza/gox/osx",
)  # fmt: skip
_SSH_SERVERS = ("github.com/charmbracelet/wish", "github.com/gliderlabs/ssh", "github.com/charmbracelet/ssh")
_WORKERS = (
    "github.com/bwmarrin/discordgo", "github.com/diamondburned/arikawa", "github.com/disgoorg/disgo",
    "github.com/go-telegram-bot-api/telegram-bot-api", "gopkg.in/telegram-bot-api", "gopkg.in/telebot", "gopkg.in/tucnak/telebot",
    "github.com/tucnak/telebot", "github.com/mymmrac/telego", "github.com/go-telegram/bot", "github.com/PaulSonOfLars/gotgbot",
    "github.com/gotd/td", "github.com/slack-go/slack", "github.com/gempir/go-twitch-irc", "go.mau.fi/whatsmeow",
    "maunium.net/go/mautrix", "github.com/hibiken/asynq", "github.com/RichardKnop/machinery", "github.com/riverqueue/river",
    "github.com/gocraft/work", "go.temporal.io/sdk", "github.com/robfig/cron", "github.com/go-co-op/gocron",
    "github.com/jasonlvhit/gocron", "github.com/nats-io/nats.go", "github.com/rabbitmq/amqp091-go", "github.com/streadway/amqp",
    "github.com/segmentio/kafka-go", "github.com/IBM/sarama", "github.com/Shopify/sarama", "github.com/twmb/franz-go",
    "github.com/confluentinc/confluent-kafka-go", "github.com/ThreeDotsLabs/watermill", "github.com/eclipse/paho.mqtt.golang",
    "cloud.google.com/go/pubsub", "sigs.k8s.io/controller-runtime", "github.com/nsqio/go-nsq",
)  # fmt: skip
_NO_SERVICES = {
    "github.com/wailsapp/wails": "a desktop application", "fyne.io/fyne": "a desktop application",
    "gioui.org": "a desktop application", "github.com/therecipe/qt": "a desktop application",
    "github.com/gotk3/gotk3": "a desktop application", "github.com/diamondburned/gotk4": "a desktop application",
    "github.com/webview/webview": "a desktop application", "github.com/webview/webview_go": "a desktop application",
    "github.com/lxn/walk": "a desktop application", "github.com/ProtonMail/go-autostart": "a desktop application",
    "github.com/emersion/go-autostart": "a desktop application", "github.com/zserge/lorca": "a desktop application",
    "go.lsp.dev/protocol": "a language server of an editor", "github.com/tliron/glsp": "a language server of an editor",
    "golang.org/x/mobile": "a mobile application",
    "github.com/hashicorp/terraform-plugin-sdk": "a plugin of Terraform",
    "github.com/hashicorp/terraform-plugin-framework": "a plugin of Terraform",
    "github.com/turbot/steampipe-plugin-sdk": "a plugin of Steampipe", "github.com/hajimehoshi/ebiten": "a game",
    "github.com/veandco/go-sdl2": "a game", "github.com/gen2brain/raylib-go": "a game", "github.com/faiface/pixel": "a game",
    "golang.org/x/tools/go/analysis": "a linter", "k8s.io/cli-runtime": "a plugin of kubectl", "tinygo.org/x/drivers": "firmware",
    "github.com/pulumi/pulumi": "a description of infrastructure", "github.com/aws/aws-cdk-go": "a description of infrastructure",
    "google.golang.org/protobuf/compiler": "a plugin of protoc", "machine": "firmware", "syscall/js": "a module of WebAssembly",
}  # fmt: skip
_NO_SERVICES_WITHOUT_PORT = {
    "github.com/aws/aws-lambda-go": "a function of a cloud", "github.com/hashicorp/go-plugin": "a plugin of another program",
    "github.com/getlantern/systray": "a desktop application", "fyne.io/systray": "a desktop application",
    "github.com/GoogleCloudPlatform/functions-framework-go": "a function of a cloud",
}  # fmt: skip


def framework_of(libraries: frozenset[str], *, serves: bool) -> str | None:
    """The web framework among the ``libraries``; what clients require as well counts only for a program that ``serves``."""
    found = (name for path, name in _FRAMEWORKS.items() if _is_among(path, libraries))
    return next((name for name in found if serves or name not in _CLIENTS_TOO), None)


def command_line_of(libraries: Iterable[str]) -> str | None:
    """A library for arguments and sub-commands."""
    return _first(_COMMAND_LINE, libraries)


def browser_of(libraries: Iterable[str]) -> str | None:
    """A library that opens a browser on the machine."""
    return _first(_BROWSERS, libraries)


def terminal_of(libraries: Iterable[str]) -> str | None:
    """A library that talks with who sits at the terminal; None where it is shown through a server for SSH."""
    listed = frozenset(libraries)
    if _first(_SSH_SERVERS, listed):
        return None
    return next((library for library in sorted(listed) if _TERMINAL.intersection(library.split("/")[1:4])), None)


def worker_of(libraries: Iterable[str]) -> str | None:
    """A library for bots, queues, schedules or controllers."""
    return _first(_WORKERS, libraries)


def no_service_of(libraries: Iterable[str], *, serves: bool) -> str | None:
    """What the ``libraries`` make of the program that is no service."""
    listed = frozenset(libraries)
    kinds = _NO_SERVICES if serves else _NO_SERVICES | _NO_SERVICES_WITHOUT_PORT
    return next((kind for path, kind in kinds.items() if _is_among(path, listed)), None)


def _first(paths: Iterable[str], libraries: Iterable[str]) -> str | None:
    listed = sorted(libraries)
    return next((library for path in paths for library in listed if _is_in(library, path)), None)


def _is_among(path: str, libraries: frozenset[str]) -> bool:
    return any(_is_in(library, path) for library in libraries)


def _is_in(library: str, path: str) -> bool:
    """Whether a library is that of a path, or one below it or of another version (``gopkg.in/telebot.v3``)."""
    return f"{library}/".startswith((f"{path}/", f"{path}.v"))
