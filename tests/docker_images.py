"""Base images for a Docker engine that can't pull: made of what this machine has."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import httpx

_PIECE_BYTES = 1024 * 1024
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def make_busybox_image(socket: Path, reference: str = "busybox:latest") -> None:
    """An image with the machine's static busybox and all its commands."""
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            _add_busybox(tar, taken=frozenset())
            _add_base(tar)
        import_image(socket, file.getvalue(), reference)


def make_python_image(socket: Path, reference: str = "python:3.13-slim") -> None:
    """An image with this Python, its standard library, the shared libraries that they need, pip, and busybox for the rest.

    What it says its version is, is in the name only: it is the Python that runs the tests.
    """
    prefix = Path(sys.base_prefix)
    interpreter = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            _add_busybox(tar, taken=frozenset({"python3", "python", "pip"}))
            _add_base(tar)
            tar.add(interpreter, arcname=str(interpreter).lstrip("/"))
            tar.add(library, arcname=str(library).lstrip("/"), filter=_needed)
            for needed in _shared_libraries(
                [interpreter, *library.glob("lib-dynload/[!_]*.so"), *library.glob("lib-dynload/_[!t]*.so")]
            ):
                tar.add(needed.resolve(), arcname=str(needed).lstrip("/"))
            for name in ("python", "python3"):
                _add_link(tar, f"usr/local/bin/{name}", str(interpreter))
            _add_link(tar, f"usr/bin/python{sys.version_info.major}.{sys.version_info.minor}", str(interpreter))
            _add_text(
                tar,
                "usr/local/bin/pip",
                f"#!{interpreter}\nfrom pip._internal.cli.main import main\nraise SystemExit(main())\n",
                0o755,
            )
        import_image(socket, file.getvalue(), reference, environment={"PYTHONHOME": str(prefix)})


def make_node_image(socket: Path, reference: str = "node:24-slim") -> None:
    """An image with this machine's Node.js and npm, the shared libraries that they need, and busybox for the rest."""
    found, tool = shutil.which("node"), shutil.which("npm")
    assert found is not None, "Node.js is not installed"
    assert tool is not None, "npm is not installed"
    node, npm = Path(found).resolve(), Path(tool).resolve().parent.parent
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            _add_busybox(tar, taken=frozenset())
            _add_base(tar)
            _add_link(tar, "usr/bin/env", "/bin/busybox")
            tar.add(node, arcname="usr/local/bin/node")
            for needed in _shared_libraries([node]):
                tar.add(needed.resolve(), arcname=str(needed).lstrip("/"))
            for folder in (npm, Path("/usr/share/nodejs")):  # where Debian keeps what npm needs
                if folder.is_dir():
                    tar.add(folder, arcname=str(folder).lstrip("/"))
            for name in ("npm", "npx"):
                _add_link(tar, f"usr/local/bin/{name}", f"{npm}/bin/{name}-cli.js")
        import_image(socket, file.getvalue(), reference)


def import_image(socket: Path, content: bytes, reference: str, environment: dict[str, str] | None = None) -> None:
    """A tar of a file system as an image; the way out to the network is that of this machine."""
    variables = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **(environment or {})}
    if _CERTIFICATES.exists():
        variables |= dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS"), str(_CERTIFICATES))
    repository, _, tag = reference.rpartition(":")
    changes = [f"ENV {name}={value}" for name, value in variables.items()]
    # In pieces: the client's own way with one large body takes a minute.
    pieces = (content[at : at + _PIECE_BYTES] for at in range(0, len(content), _PIECE_BYTES))
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://docker", timeout=120) as client:
        params = {"fromSrc": "-", "repo": repository, "tag": tag, "changes": changes}
        answer = client.post("/images/create", params=params, content=pieces)
    answer.raise_for_status()
    assert "error" not in answer.text, answer.text


def _add_busybox(tar: tarfile.TarFile, taken: frozenset[str]) -> None:
    found = shutil.which("busybox")
    assert found is not None, "busybox-static is not installed"
    tar.add(Path(found).resolve(), arcname="bin/busybox")
    commands = subprocess.run([found, "--list"], check=True, capture_output=True, text=True).stdout.split()
    for command in commands:
        if command != "busybox" and command not in taken:
            _add_link(tar, f"bin/{command}", "/bin/busybox")


def _add_base(tar: tarfile.TarFile) -> None:
    _add_text(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    _add_text(tar, "etc/group", "root:x:0:\nnogroup:x:65534:\n")
    if _CERTIFICATES.exists():
        tar.add(_CERTIFICATES.resolve(), arcname=str(_CERTIFICATES).lstrip("/"))
    for name, mode in (("tmp", 0o1777), ("root", 0o755), ("home", 0o755)):
        folder = tarfile.TarInfo(name)
        folder.type, folder.mode = tarfile.DIRTYPE, mode
        tar.addfile(folder)


def _add_text(tar: tarfile.TarFile, name: str, text: str, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(text.encode()), mode
    tar.addfile(member, io.BytesIO(text.encode()))


def _add_link(tar: tarfile.TarFile, name: str, target: str) -> None:
    link = tarfile.TarInfo(name)
    link.type, link.linkname = tarfile.SYMTYPE, target
    tar.addfile(link)


def _needed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Of the standard library what a service needs; of what is installed beside it, pip alone."""
    parts = Path(member.name).parts
    if "site-packages" in parts:
        inside = parts[parts.index("site-packages") + 1 :]
        return member if not inside or inside[0] == "pip" else None
    return None if {"test", "tests", "idlelib", "lib2to3", "tkinter"} & set(parts) or parts[-1].startswith("config-") else member


def _shared_libraries(files: list[Path]) -> set[Path]:
    listed = subprocess.run(["ldd", *files], check=False, capture_output=True, text=True).stdout
    words = (word for line in listed.splitlines() if line.startswith("\t") for word in line.split() if word.startswith("/"))
    return {path for path in map(Path, words) if path.is_file()}
