"""Words that are file names: by extension, by known name, and which language may stand in which file.

Refuses to take a route, a product or a domain for a file; nothing here looks at where the word was found.
"""

import re

# fmt: off
_KNOWN_NAMES = frozenset((
    "dockerfile", "containerfile", "makefile", "procfile", "pipfile", "gemfile", "rakefile", "jenkinsfile",
    "vagrantfile", "justfile", "caddyfile", "tiltfile", "brewfile", "go.mod", "go.sum", ".env", ".dockerignore",
    ".gitignore",
    ".gitattributes", ".editorconfig", ".flake8", ".coveragerc", ".npmrc", ".nvmrc", ".prettierrc", ".eslintrc",
    ".python-version", ".tool-versions", ".pylintrc", ".bandit", "py.typed",
))
_EXTENSIONS = frozenset((
    "py", "pyi", "pyx", "js", "mjs", "cjs", "jsx", "ts", "tsx", "mts", "cts", "go", "mod", "sum", "java", "kt", "kts",
    "rs", "rb", "php", "cs", "c", "h", "cpp", "hpp", "scala", "ex", "exs", "swift", "sql", "json", "jsonc", "jsonl",
    "yaml", "yml", "toml", "ini", "cfg", "conf", "env", "txt", "md", "mdx", "rst", "html", "css", "scss", "xml",
    "proto", "graphql", "gql", "sh", "bash", "ps1", "bat", "lock", "example", "sample", "properties", "gradle",
    "prisma", "csv", "tsv", "tf", "hcl", "j2", "jinja", "jinja2", "tmpl", "template", "http", "mako", "service", "pem",
    "lua", "pl", "in", "dev", "prod", "production", "local", "test", "dist", "cts", "vue", "svelte", "ipynb", "svg",
    "log", "dockerfile", "mk", "cnf", "key", "crt", "diff", "patch", "editorconfig",
))
# Words of every day, files only in capitals.
_IN_CAPITALS = frozenset(("LICENSE", "LICENCE", "NOTICE", "AUTHORS", "CODEOWNERS", "VERSION", "README", "CHANGELOG"))
# Too common as the end of something else: such a word needs a folder before it, or the prescribed form.
_WEAK = frozenset((
    "in", "dev", "test", "local", "dist", "prod", "production", "log", "key", "sample", "example", "service",
))
# Products whose names end like files.
_NOT_FILES = frozenset((
    "node.js", "vue.js", "next.js", "nuxt.js", "express.js", "nest.js", "react.js", "three.js", "d3.js",
    "socket.io", "asp.net", "deno.js", "bun.js", "ember.js", "discord.js",
))
SHELL = frozenset(("bash", "sh", "shell", "console", "zsh", "fish", "powershell", "terminal", "shell-session", "cmd"))
_SHOWN = frozenset(("http", "output", "mermaid", "diff", "patch", "console", "plantuml"))
# A block of this language belongs in files that end like this; other languages are not judged.
_ENDS: dict[str, frozenset[str]] = {
    "python": frozenset(("py", "pyi", "pyx", "pyw", "ipynb", "")),
    "json": frozenset(("json", "jsonc", "lock", "ipynb", "webmanifest", "")),
    "sql": frozenset(("sql", "")),
    "shell": frozenset(("sh", "bash", "zsh", "env", "example", "sample", "")),
}
_LANGUAGES = {"py": "python", "python3": "python", "jsonc": "json", **dict.fromkeys(SHELL, "shell")}
# fmt: on
_FORBIDDEN = re.compile(r"[<>{}*|?,;\"'\s]")


def looks_like_file(word: str) -> bool:
    """True for a name with a source-like extension, or one such as Dockerfile; a bare route or product is none."""
    if not word or "://" in word or len(word) > 400 or word.casefold() in _NOT_FILES or re.search(r"[<>{}*|?,;]", word):
        return False
    base = word.replace("\\", "/").rsplit("/", 1)[-1]
    folded = base.casefold()
    if folded in _KNOWN_NAMES or re.fullmatch(r"(?:docker|container|make|proc)file\.[\w.-]+", folded):
        return True
    if base.startswith(".env.") or base == "MANIFEST.in" or base in _IN_CAPITALS:
        return True
    stem, dot, extension = base.rpartition(".")
    extension = extension.casefold()
    if not dot or extension not in _EXTENSIONS or not (stem or "/" in word):
        return False
    return extension not in _WEAK or "/" in word or "." in stem


def could_be_path(word: str) -> bool:
    """True when nothing in `word` forbids that it is a relative path; says nothing about whether one was meant."""
    return bool(word) and len(word) <= 400 and not _FORBIDDEN.search(word) and ":" not in word and "=" not in word


def fits(language: str, path: str) -> bool:
    """False when a block of `language` can hardly be the content of `path`: usage shown under a file's heading."""
    if language in _SHOWN:
        return path.casefold().endswith((".http", ".rest", ".mmd", ".puml", ".diff", ".patch", ".txt"))
    ends = _ENDS.get(_LANGUAGES.get(language, language))
    if ends is None:
        return True
    base = path.replace("\\", "/").rsplit("/", 1)[-1]
    extension = base.rpartition(".")[2].casefold() if "." in base.lstrip(".") else ""
    if base.startswith(".env"):
        extension = "env"
    return extension in ends or extension not in _EXTENSIONS
