"""What a framework of Node.js builds to: a site of files, or a server and the line that starts it; as its configuration says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kyozo_gql.topology import node_frameworks as known
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.node_project import NodeProject
from kyozo_gql.topology.parsing import as_table, as_text

_EXTENSIONS = ("ts", "mts", "js", "mjs", "cjs")
_NEXT_OUTPUT = re.compile(r"""^[^/\n]{0,200}\boutput\s{0,3}:\s{0,3}["'](standalone|export)["']""", re.MULTILINE)
_NO_SSR = re.compile(r"^[^/\n]{0,200}\bssr\s{0,3}:\s{0,3}false\b", re.MULTILINE)
_ADAPTER = re.compile(r"@sveltejs/adapter-([a-z-]{1,30})")
_OUT_DIR = re.compile(
    r"""^[^/\n]{0,200}\b(?:outDir|outputDir|distDir)["']?\s{0,3}[:=]\s{0,3}["'](?:\./)?([\w.-][\w./-]{0,100})["']""", re.MULTILINE
)
_ASTRO_SERVER = re.compile(r"""^[^/\n]{0,200}\boutput\s{0,3}:\s{0,3}["'](?:server|hybrid)["']""", re.MULTILINE)
_DOCS = re.compile(r"\b(?:vitepress|vuepress)\s+build\s+([\w./-]{1,60})")
_ENTRY_OF_ADAPTER = re.compile(r"^node (?:--[\w=-]{1,40} )?server/entry[\w./-]{1,60}$")
_PATH = re.compile(r"^[\w-][\w./-]*$")
_TWO = re.compile(r"^[~^]?\s?[v=]{0,2}2(?:\.|$)")


@dataclass(frozen=True, slots=True)
class Output:
    """``static``: the folder of the built site. ``line`` starts the server. ``source`` is the file that says so, if any does.

    ``build_environment``: what the build has to be told. ``copies``: (from, to) what the build leaves to be put in place.
    ``prefer``: the line goes before a start script, which starts something that this output has not.
    """

    static: str | None = None
    line: str | None = None
    source: str | None = None
    detail: str = ""
    build_environment: tuple[str, ...] = ()
    copies: tuple[tuple[str, str], ...] = ()
    prefer: bool = False


def find_output(folder: Folder, project: NodeProject, framework: str) -> Output:
    """What this framework makes of the folder."""
    special = _OUTPUTS.get(framework)
    if special:
        return special(folder, project)
    if framework in set(known.STATIC.values()):
        return _static_output(folder, project, framework)
    return Output(line=known.LINES.get(framework))


def configuration(folder: Folder, *names: str) -> tuple[str | None, str]:
    """The first of these configuration files (without their endings) that is there, and its text, bounded."""
    file = folder.first(*(f"{name}.{extension}" for name in names for extension in _EXTENSIONS))
    return file, folder.head(file) if file else ""


def _next(folder: Folder, project: NodeProject) -> Output:
    file, text = configuration(folder, "next.config")
    match = _NEXT_OUTPUT.search(text)
    if (match and match[1] == "export") or "next export" in project.scripts.get("build", ""):
        changed = _OUT_DIR.search(text)
        return Output(static=changed[1] if changed else "out", source=file, detail="is exported as a site of files")
    # Of a member of a workspace the place of the standalone server depends on where Next.js takes the root to be.
    if match and project.workspace is None:
        copies = (
            (".next/static", ".next/standalone/.next/static"),
            *((("public", ".next/standalone/public"),) if folder.has_folder("public") else ()),
        )
        return Output(
            line="node .next/standalone/server.js",
            source=file,
            detail="is built to a standalone server",
            copies=copies,
            prefer=True,
        )
    return Output(line=known.LINES["nextjs"])


def _nuxt(folder: Folder, project: NodeProject) -> Output:
    two = _TWO.match(project.asked.get("nuxt", "")) is not None
    build = project.scripts.get("build", "")
    if re.search(r"\b(?:nuxt|nuxi)\s+generate\b", build):
        return Output(static="dist" if two else ".output/public", source="package.json", detail="generates a site of files")
    file, text = configuration(folder, "nuxt.config")
    if two:
        if re.search(r"""\btarget\s{0,3}:\s{0,3}["']static["']""", text):
            return Output(line="npx nuxt start", source=file, detail="generates a site of files")
        return Output(line="npx nuxt start")
    return Output(line=known.LINES["nuxt"], prefer=bool(re.search(r"\bnuxt\s+start\b", project.scripts.get("start", ""))))


def _sveltekit(folder: Folder, project: NodeProject) -> Output:
    file, text = configuration(folder, "svelte.config")
    named = [match[1] for match in _ADAPTER.finditer(text)]
    adapter = (
        named[0]
        if named
        else next((name.rpartition("adapter-")[2] for name in sorted(project.everything) if "/adapter-" in name), "auto")
    )
    match adapter:
        case "static":
            return Output(static="build", source=file, detail="adapter-static makes a site of files")
        case "auto":
            # What adapter-auto takes for a platform that runs Node.js servers; it installs the adapter by itself.
            return Output(
                line="node build",
                source=file,
                detail="adapter-auto is told to build for Node.js",
                build_environment=("GCP_BUILDPACKS=1",),
            )
        case _:
            return Output(line="node build", source=file, detail=f"adapter-{adapter}")


def _astro(folder: Folder, project: NodeProject) -> Output:
    file, text = configuration(folder, "astro.config")
    if "@astrojs/node" in project.everything and (not text or "@astrojs/node" in text):
        return Output(line=known.LINES["astro"], source=file, detail="the adapter for Node.js makes a server")
    changed = _OUT_DIR.search(text)
    if _ASTRO_SERVER.search(text) and any(
        name.startswith("@astrojs/") and name.rpartition("/")[2] in {"vercel", "netlify", "cloudflare"}
        for name in project.everything
    ):
        return Output(source=file, detail="is built for a platform that is not Node.js")
    return Output(static=changed[1] if changed else "dist", source=file, detail="makes a site of files")


def _router(folder: Folder, project: NodeProject) -> Output:
    framework = "react-router" if any(name.startswith("@react-router/") for name in project.everything) else "remix"
    file, text = configuration(folder, "react-router.config", "vite.config")
    if _NO_SSR.search(text):
        return Output(static="build/client", source=file, detail="is built without a server")
    old = framework == "remix" and not folder.first("vite.config.ts", "vite.config.js", "vite.config.mjs", "vite.config.mts")
    return Output(line="npx remix-serve ./build/index.js" if old else known.LINES[framework])


def _angular(folder: Folder, project: NodeProject) -> Output:
    output = _angular_output(folder)
    file = "angular.json" if folder.has("angular.json") else None
    script = next(
        (text for name, text in project.scripts.items() if name.startswith("serve:ssr") and text.startswith("node ")), None
    )
    rendered = "@angular/ssr" in project.everything and '"outputMode": "static"' not in (folder.read("angular.json") or "")
    if not rendered:
        return Output(static=output, source=file, detail="makes a site of files")
    line = script or f"node {output.removesuffix('/browser')}/server/server.mjs"
    return Output(line=line, source="package.json" if script else file, detail="is rendered by a server", prefer=True)


def _angular_output(folder: Folder) -> str:
    projects = as_table(as_table(folder.json("angular.json")).get("projects"))
    for name, project in projects.items():
        if as_text(as_table(project).get("projectType")) == "library":
            continue
        target = as_table(as_table(as_table(project).get("architect") or as_table(project).get("targets")).get("build"))
        path = as_table(target.get("options")).get("outputPath")
        base = as_text(path) or as_text(as_table(path).get("base")) or f"dist/{name}"
        if re.fullmatch(r"[\w.-][\w./ @-]*", base) and ".." not in base:
            # The builder named application puts the site into a folder of its own.
            return f"{base}/browser" if (as_text(target.get("builder")) or "").endswith(":application") else base
    return "dist"


def _adonis(folder: Folder, project: NodeProject) -> Output:
    old = re.match(r"^[~^]?\s?5", project.asked.get("@adonisjs/core", "")) is not None
    line = "node build/server.js" if old or not folder.has("bin/server.ts") else known.LINES["adonisjs"]
    # The template's start script is meant to be run in the folder of the build.
    return Output(line=line, prefer=project.scripts.get("start") in {"node bin/server.js", "node server.js"})


def _nest(folder: Folder, _: NodeProject) -> Output:
    settings = as_table(folder.json("nest-cli.json"))
    entry, root = as_text(settings.get("entryFile")) or "main", as_text(settings.get("root")) or ""
    entry = entry if _PATH.match(entry) else "main"
    if settings.get("monorepo") is True and _PATH.match(root):
        return Output(line=f"node dist/{root}/{entry}.js", source="nest-cli.json", detail=f"starts its default project, {root}")
    return Output(line=f"node dist/{entry}.js")


def _static_output(folder: Folder, project: NodeProject, framework: str) -> Output:
    build = project.scripts.get("build", "")
    docs = _DOCS.search(build)
    if framework in {"vitepress", "vuepress"}:
        place = f"{docs[1].strip('/')}/" if docs and docs[1] != "." else ""
        return Output(static=f"{place}.{framework}/dist".removeprefix("./"), source="package.json", detail="makes a site of files")
    file, text = configuration(
        folder,
        {"vue-cli": "vue.config", "gatsby": "gatsby-config", "rsbuild": "rsbuild.config"}.get(framework, f"{framework}.config"),
    )
    changed = _OUT_DIR.search(text) if framework in {"vite", "vue-cli"} else None
    told = re.search(r"--(?:outDir|dist-dir|output-path|output)[ =]([\w.-][\w./-]{0,80})", build)
    inside = told[1] if told else changed[1] if changed else known.OUTPUTS.get(framework, "dist")
    return Output(static=inside if ".." not in inside else "dist", source=file, detail="makes a site of files")


def _qwik(_folder: Folder, project: NodeProject) -> Output:
    serve = project.scripts.get("serve", "")
    if _ENTRY_OF_ADAPTER.match(serve):
        return Output(line=serve, source="package.json", detail="has an adapter that makes a server")
    return Output(line=known.LINES["qwik"])


_OUTPUTS = {
    "nextjs": _next, "payload": _next, "nuxt": _nuxt, "sveltekit": _sveltekit, "astro": _astro, "remix": _router,
    "react-router": _router, "angular": _angular, "adonisjs": _adonis, "nestjs": _nest, "qwik": _qwik,
}  # fmt: skip
