"""Whether the configuration of a proxy is a part of something else: of a container, or of how machines are set up."""

from __future__ import annotations

import re

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.model import Indicator
from kyozo_gql.topology.proxy_config import ProxyConfig

_OF_MACHINES = frozenset(
    {
        "ansible", "roles", "playbooks", "helm", "charts", "k8s", "kubernetes", "puppet", "cookbooks", "salt", "terraform", "etc",
        "rootfs", "dotfiles", "packer", "vagrant",
        "debian", "rpm",
    }
)  # fmt: skip
_OF_ROLES = frozenset({"handlers", "defaults", "meta", "vars", "templates"})  # beside tasks, in a role of Ansible
_PERSONAL = frozenset(
    {
        "bashrc", "zshrc", "vimrc", "tmux.conf", "gitconfig", "inputrc", "xresources", "xinitrc", "profile", "bash_profile",
        "aliases", "zsh", "vim", "nvim", "tmux", "fish", "i3", "sway", "alacritty", "kitty", "emacs", "emacs.d", "hypr", "xmonad",
        "brewfile",
    }
)  # fmt: skip
_FEW = 3
_USERS = ("Dockerfile", "Containerfile", "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_MAX_AROUND = 4


def find_part(folder: Folder, config: ProxyConfig) -> Indicator | None:
    """The evidence that the configuration in a folder is a part of something else; None where it stands for itself."""
    why = _of_machines(folder)
    if why:
        return Indicator(folder.path, "proxy.part", -0.5, f"{why}: a part of how machines are set up")
    return _find_user(folder, config)


def _of_machines(folder: Folder) -> str | None:
    parts = folder.path.split("/") if folder.path else []
    named = next((part for part in parts if part.lower() in _OF_MACHINES), None)
    if named:
        return f"stands in {named}"
    for length in range(len(parts) + 1):
        around = "/".join(parts[:length])
        subs = set(folder.tree.subfolders(around))
        if "tasks" in subs and subs & _OF_ROLES:
            return "stands in a role of Ansible"
        names = {name.lower().lstrip("._") for name in (*folder.tree.files(around), *subs)}
        if len(names & _PERSONAL) >= _FEW:
            return "stands among the settings of somebody's machine"
    return None


def _find_user(folder: Folder, config: ProxyConfig) -> Indicator | None:
    """A Dockerfile or Compose file around the folder that takes the configuration, or a folder that it is in."""
    parts = folder.path.split("/") if folder.path else []
    for name in (name for name in ("Dockerfile", "Containerfile") if folder.has(name)):
        if config.file in (folder.read(name) or ""):
            return folder.indicate(name, "proxy.part", -0.5, f"takes {config.file}: it is a part of that image")
    for up in range(1, min(len(parts), _MAX_AROUND) + 1):
        around, below = "/".join(parts[:-up]), parts[-up:]
        for name in folder.tree.files(around):
            if not name.startswith(_USERS) and not name.endswith(".Dockerfile"):
                continue
            path = f"{around}/{name}" if around else name
            text = folder.at(around).read(name) or ""
            used = _use_of(below).search(text)
            if used:
                line = text.count("\n", 0, used.start()) + 1
                detail = f"takes {'/'.join(below)}/{config.file}: it is a part of another service"
                return Indicator(path, "proxy.part", -0.5, detail, line)
    return None


def _use_of(below: list[str]) -> re.Pattern[str]:
    """How a Dockerfile or Compose file names a folder, what is in it, or one around it; not an image or a service of that name."""
    own = re.escape("/".join(below))
    around = "|".join(re.escape("/".join(below[:length])) for length in range(1, len(below)))
    ways = [f"{own}/", rf"(?<=\./){own}(?=[:\"'\s]|$)", rf"(?<=source: ){own}(?=\s|$)"]
    if around:
        ways.append(rf"(?<=\s)(?:\./)?(?:{around})/?(?=[:\"'\s])")
    return re.compile(rf"(?:\./|\$\{{?PWD\}}?/|(?<![\w./-]))(?:{'|'.join(ways)})")
