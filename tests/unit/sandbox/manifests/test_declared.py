"""What is installed for a service, whichever tool its author uses; and what no tool of theirs may bring in."""

import pytest

from harness.errors import DependencyRefused
from harness.sandbox.manifests.declared import project_of, runtime_requirements
from harness.sandbox.manifests.pyproject import read_pyproject
from harness.selfcheck.public_index import with_public_index

FASTAPI = ("fastapi>=0.100", "uvicorn")


def lines(files: dict[str, str]) -> tuple[str, ...]:
    return runtime_requirements({name: with_public_index(text).encode() for name, text in files.items()}).lines


PROJECT = '[project]\nname = "x"\nversion = "1"\n'


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": PROJECT + 'requires-python = ">=3.11"\ndependencies = ["fastapi>=0.100", "uvicorn"]\n'},
        {"pyproject.toml": PROJECT + 'requires-python = "==3.11"\ndependencies = ["fastapi>=0.100", "uvicorn"]\n'},
        {"pyproject.toml": PROJECT + 'requires-python = ">=3.11.6"\ndependencies = ["fastapi>=0.100", "uvicorn"]\n'},
        {
            "pyproject.toml": PROJECT + 'dynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
            'dependencies = { file = ["reqs/base.in"] }\n',
            "reqs/base.in": "fastapi>=0.100\nuvicorn\n",
        },
        {
            "pyproject.toml": PROJECT + 'dynamic = ["dependencies"]\n[tool.hatch.metadata.hooks.requirements_txt]\n'
            'files = ["base.txt"]\n',
            "base.txt": "fastapi>=0.100\nuvicorn\n",
        },
        {
            "pyproject.toml": '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.11"\n'
            'fastapi = ">=0.100"\nuvicorn = "*"\nredis = { version = "^5", optional = true }\n'
            '[tool.poetry.group.dev.dependencies]\npytest = "^8"\n',
            "poetry.lock": "",
        },
        {
            "pyproject.toml": '[project]\nname = "x"\ndynamic = ["dependencies"]\n[tool.poetry.dependencies]\n'
            'python = "3.11"\nfastapi = {version = ">=0.100"}\nuvicorn = {version = "*", python = ">=3.8"}\n'
        },
        {
            "pyproject.toml": PROJECT + 'dependencies = ["fastapi>=0.100", "uvicorn"]\n[tool.pdm.dev-dependencies]\n'
            'test = ["pytest"]\n[[tool.pdm.source]]\nurl = "PUBLIC-INDEX"\nname = "pypi"\n',
            "pdm.lock": "",
        },
        {
            "pyproject.toml": PROJECT + 'dependencies = ["fastapi>=0.100", "uvicorn"]\n[tool.uv]\n'
            'dev-dependencies = ["pytest"]\n[[tool.uv.index]]\nurl = "PUBLIC-INDEX/"\n',
            "uv.lock": "",
        },
        {"Pipfile": '[[source]]\nurl = "PUBLIC-INDEX"\nverify_ssl = true\nname = "pypi"\n[packages]\n'
         'fastapi = ">=0.100"\nuvicorn = "*"\n[dev-packages]\npytest = "*"\n[requires]\npython_version = "3.11"\n'},
        {"setup.cfg": "[metadata]\nname = x\n[options]\ninstall_requires =\n    fastapi>=0.100\n    uvicorn\n"},
        {
            "setup.cfg": "[metadata]\nname = x\n[options]\ninstall_requires = file: base.txt\n",
            "base.txt": "fastapi>=0.100\nuvicorn\n",
            "setup.py": "from setuptools import setup\nsetup()\n",
        },
        {"setup.py": 'from setuptools import setup\nWEB = ["fastapi>=0.100"]\nsetup(name="x", '
         'install_requires=WEB + ["uvicorn"])\n'},
        {"setup.py": 'import setuptools\nsetuptools.setup(**{"install_requires": ["fastapi>=0.100", "uvicorn"]})\n'},
        {
            "setup.py": 'from pathlib import Path\nfrom setuptools import setup\nsetup(install_requires='
            'Path("base-requirements.txt").read_text().splitlines())\n',
            "base-requirements.txt": "fastapi>=0.100\nuvicorn\n",
        },
        {"requirements.txt": "fastapi>=0.100\nuvicorn\n", "pyproject.toml": "[tool.ruff]\nline-length = 100\n"},
        {"requirements.txt": "-e .\n", "pyproject.toml": PROJECT + 'dependencies = ["fastapi>=0.100", "uvicorn"]\n'},
        {"requirements.txt": "uvicorn\n.[web]\n", "pyproject.toml": PROJECT + '[project.optional-dependencies]\n'
         'web = ["fastapi>=0.100"]\n'},
        {"requirements.txt": "-e ./libs/web\nuvicorn\n", "libs/web/setup.py": 'from setuptools import setup\n'
         'setup(install_requires=["fastapi>=0.100"])\n'},
        {"requirements.in": "fastapi>=0.100\nuvicorn\n", "pyproject.toml": "[tool.black]\n"},
    ],
)  # fmt: skip
def test_each_tools_way_to_list_the_same_two_packages(files: dict[str, str]) -> None:
    assert sorted(lines(files)) == sorted(FASTAPI) or sorted(lines(files)) == sorted(
        (FASTAPI[0], 'uvicorn; python_full_version >= "3.8"')
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"^1.2.3"', "x<2,>=1.2.3"),
        ('"^0.2.3"', "x<0.3,>=0.2.3"),
        ('"^0.0.3"', "x<0.0.4,>=0.0.3"),
        ('"^1"', "x<2,>=1"),
        ('"~1.2.3"', "x<1.3,>=1.2.3"),
        ('"~1.2"', "x<1.3,>=1.2"),
        ('"~1"', "x<2,>=1"),
        ('"1.2.*"', "x==1.2.*"),
        ('"*"', "x"),
        ('"1.2.3"', "x==1.2.3"),
        ('"==1.2.3"', "x==1.2.3"),
        ('">= 1.2, < 2.0"', "x<2.0,>=1.2"),
        ('">=1.2 <2.0"', "x<2.0,>=1.2"),
        ('"~=1.4"', "x~=1.4"),
        ('"^1.0 || ^2.0"', "x<3,>=2.0"),
        ('{version = "^1.2", extras = ["a", "b"]}', "x[a,b]<2,>=1.2"),
        ('{version = "*", markers = "sys_platform == \'linux\'"}', 'x; sys_platform == "linux"'),
    ],
)
def test_poetrys_versions(written: str, read: str) -> None:
    assert lines({"pyproject.toml": f"[tool.poetry.dependencies]\nx = {written}\n"}) == (read,)


def test_a_file_without_any_package_installs_nothing_and_says_so() -> None:
    found = runtime_requirements({"pyproject.toml": b"[tool.ruff]\n"})
    assert (found.lines, found.notes) == ((), ("no file of the submission lists a package; nothing was installed",))
    assert runtime_requirements({"pyproject.toml": PROJECT.encode()}).notes == ()


def test_a_lock_beside_is_noted() -> None:
    assert "uv.lock not used" in runtime_requirements({"requirements.txt": b"six", "uv.lock": b""}).notes[0]


def test_groups_and_extras_for_tests() -> None:
    content = PROJECT + (
        '[project.optional-dependencies]\nTest = ["pytest"]\nall = ["x[test]", "six"]\n'
        '[dependency-groups]\nlint = ["ruff"]\ndev = ["idna", {include-group = "lint"}]\n'
        '[tool.poetry.group.test.dependencies]\npytest = "^8"\n[tool.pdm.dev-dependencies]\n'
        'ci = ["-e file:///x", "tox"]\n'
        '[tool.hatch.envs.test]\ndependencies = ["coverage"]\n[tool.uv]\ndev-dependencies = ["mypy"]\n'
    )
    found = read_pyproject({"pyproject.toml": content.encode()})
    assert {name: read.lines for name, read in found.extras.items()} == {"test": ("pytest",), "all": ("pytest", "six")}
    assert {name: read.lines for name, read in found.groups.items()} == {
        "lint": ("ruff",),
        "dev": ("idna", "ruff", "mypy"),
        "test": ("pytest<9,>=8", "coverage"),
        "ci": ("tox",),
    }
    pipfile = project_of({"Pipfile": b'[packages]\nsix = "*"\n[dev-packages]\npytest = "*"\n'})
    assert pipfile is not None
    assert pipfile.groups["dev"].lines == ("pytest",)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"pyproject.toml": "[project"}, "not valid TOML"),
        ({"pyproject.toml": '[project]\ndynamic = ["dependencies"]\n'}, "dynamic"),
        ({"pyproject.toml": '[project]\ndependencies = "fastapi"\n'}, "expected a list of strings"),
        ({"pyproject.toml": '[project]\ndependencies = ["x @ file:///x"]\n'}, "entry 1"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.12"\n'}, "excludes Python 3.11"),
        ({"pyproject.toml": '[project]\nrequires-python = "eleven"\n'}, "excludes Python 3.11"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.12"\n'}, "excludes Python 3.11"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nx = {git = "https://example.invalid/x.git"}\n'}, "'git'"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nx = {url = "https://example.invalid/x.whl"}\n'}, "'url'"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nx = {path = "../x"}\n'}, "outside of the submission"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nx = "newest"\n'}, "newest"),
        (
            {"pyproject.toml": '[[tool.poetry.source]]\nname = "own"\nurl = "https://example.invalid/simple"\n'},
            "tool.poetry.source",
        ),
        ({"pyproject.toml": '[[tool.pdm.source]]\nurl = "https://example.invalid/simple"\n'}, "tool.pdm.source"),
        ({"pyproject.toml": '[[tool.uv.index]]\nurl = "https://example.invalid/simple"\n'}, "tool.uv.index"),
        ({"pyproject.toml": '[tool.uv]\nextra-index-url = ["https://example.invalid/simple"]\n'}, "extra-index-url"),
        (
            {
                "pyproject.toml": '[project]\ndependencies = ["x"]\n[tool.uv.sources]\nx = {git = "https://e.invalid/x"}\n'
            },
            "tool.uv.sources",
        ),
        ({"Pipfile": '[packages]\nx = {git = "https://example.invalid/x.git"}\n'}, "'git'"),
        ({"Pipfile": '[[source]]\nurl = "https://example.invalid/simple"\n[packages]\nx = "*"\n'}, "source"),
        ({"Pipfile": '[packages]\n[requires]\npython_version = "3.12"\n'}, "excludes Python 3.11"),
        ({"setup.py": "from setuptools import setup\nsetup(install_requires=made())\n"}, "only when the file is run"),
        ({"setup.py": "def (:\n"}, "not valid Python"),
        ({"setup.cfg": "[options]\ninstall_requires =\n    git+https://example.invalid/x\n"}, "version control"),
        ({"setup.cfg": "no section\n"}, "cannot be read"),
        ({"requirements.txt": "-e ./libs/web\n", "libs/web/web.py": ""}, "holds no pyproject.toml"),
    ],
)
def test_what_we_cannot_or_may_not_install_from_says_why(files: dict[str, str], said: str) -> None:
    with pytest.raises(DependencyRefused) as refused:
        lines(files)
    assert refused.value.code == "dependency_policy"
    assert said in refused.value.message
