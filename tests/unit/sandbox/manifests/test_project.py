"""Where a project's packages are imported from and which scripts it brings, by the tables of each tool."""

import os
from pathlib import Path

import pytest

from harness.sandbox.manifests.project import Project, projects_of
from harness.sandbox.manifests.requirement import LocalPackage
from harness.sandbox.project_folder import write_project

PROJECT = '[project]\nname = "My.Shop"\nversion = "1.2"\n'
SRC = {"src/shop/__init__.py": ""}


def project(files: dict[str, str], *local: LocalPackage) -> tuple[Project, ...]:
    return projects_of({name: text.encode() for name, text in files.items()}, local)


@pytest.mark.parametrize(
    ("files", "roots"),
    [
        ({"pyproject.toml": PROJECT, **SRC}, ("src",)),
        ({"pyproject.toml": PROJECT, "shop/__init__.py": ""}, (".",)),
        ({"pyproject.toml": PROJECT, "src/__init__.py": "", "src/main.py": ""}, (".",)),
        ({"pyproject.toml": PROJECT + '[tool.setuptools.packages.find]\nwhere = ["lib"]\n'}, ("lib",)),
        ({"pyproject.toml": PROJECT + '[tool.setuptools]\npackage-dir = {"" = "python"}\n'}, ("python",)),
        ({"pyproject.toml": PROJECT + '[tool.hatch.build.targets.wheel]\npackages = ["backend/shop"]\n'}, ("backend",)),
        ({"pyproject.toml": PROJECT + '[tool.hatch.build.targets.wheel]\nsources = ["code"]\n'}, ("code",)),
        ({"pyproject.toml": PROJECT + '[[tool.poetry.packages]]\ninclude = "shop"\nfrom = "source"\n'}, ("source",)),
        ({"pyproject.toml": '[tool.poetry]\nname = "shop"\npackages = [{include = "shop"}]\n', **SRC}, (".",)),
        ({"pyproject.toml": PROJECT + '[tool.pdm.build]\npackage-dir = "code"\n'}, ("code",)),
        ({"pyproject.toml": PROJECT + '[tool.uv.build-backend]\nmodule-root = ""\n', **SRC}, (".",)),
        ({"pyproject.toml": '[tool.flit.module]\nname = "shop"\n', **SRC}, ("src",)),
        ({"setup.cfg": "[metadata]\nname = shop\n[options]\npackage_dir =\n    = lib\n"}, ("lib",)),
        ({"setup.cfg": "[options]\npackages = find:\n[options.packages.find]\nwhere = lib\n"}, ("lib",)),
        ({"setup.py": 'from setuptools import *\nsetup(name="shop", package_dir={"": "lib"})\n'}, ("lib",)),
        ({"setup.py": 'from setuptools import *\nsetup(packages=find_packages(where="lib"))\n'}, ("lib",)),
    ],
)
def test_roots(files: dict[str, str], roots: tuple[str, ...]) -> None:
    (found,) = project(files)
    assert found.roots == roots


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "six\n", **SRC},
        {"pyproject.toml": "[tool.ruff]\n", **SRC},
        {"setup.cfg": "[flake8]\nmax-line-length = 100\n"},
    ],
)
def test_what_is_no_package_is_none(files: dict[str, str]) -> None:
    assert project(files) == ()


def test_a_path_that_leaves_the_submission_is_left_out() -> None:
    (found,) = project({"pyproject.toml": PROJECT + '[tool.setuptools.packages.find]\nwhere = ["../../etc", "/etc"]\n'})
    assert found.roots == ()


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": PROJECT + '[project.scripts]\nserve = "shop.cli:main"\n'},
        {"pyproject.toml": '[tool.poetry]\nname = "x"\n[tool.poetry.scripts]\nserve = "shop.cli:main"\npackages = 1\n'
         '[[tool.poetry.packages]]\ninclude = "shop"\n'},
        {"pyproject.toml": '[tool.poetry]\nname = "x"\n[tool.poetry.scripts]\n'
         'serve = {reference = "shop.cli:main", type = "console"}\n'},
        {"setup.cfg": "[metadata]\nname = x\n[options.entry_points]\nconsole_scripts =\n    serve = shop.cli:main\n"},
        {"setup.py": 'from setuptools import *\nsetup(entry_points={"console_scripts": ["serve=shop.cli:main"]})\n'},
        {"setup.py": 'from setuptools import *\nsetup(entry_points="""[console_scripts]\nserve=shop.cli:main""")\n'},
    ],
)  # fmt: skip
def test_console_scripts(files: dict[str, str]) -> None:
    (found,) = project(files)
    assert found.entry_points["console_scripts"]["serve"] == "shop.cli:main"


def test_what_is_no_entry_point_is_left_out() -> None:
    content = (
        PROJECT + '[project.scripts]\n"../x" = "a:b"\nbad = "a b:c"\n"ok" = "a.b:c.d"\nworse = "a:b\\nimport os"\n'
    )
    (found,) = project({"pyproject.toml": content})
    assert found.entry_points == {"console_scripts": {"ok": "a.b:c.d"}}


def test_the_folder_holds_what_an_editable_install_leaves(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": PROJECT + '[project.scripts]\nserve = "shop.cli:Main.run"\n'
        '[tool.setuptools]\npackage-dir = {"" = "src", other = "lib/elsewhere"}\n',
        **SRC,
        "libs/a/setup.py": 'from setuptools import setup\nsetup(name="a", version="3")\n',
    }
    found = project(files, LocalPackage("."), LocalPackage("libs/a"))
    folder = write_project(tmp_path, found)
    assert write_project(tmp_path, found) == folder
    assert (folder / "site/project.pth").read_text() == "/app/src\n/app/libs/a\n"
    assert (folder / "roots.txt").read_text() == "src\nlibs/a\n"
    assert (folder / "site/my_shop-1.2.dist-info/entry_points.txt").read_text() == (
        "[console_scripts]\nserve = shop.cli:Main.run\n"
    )
    assert (folder / "site/a-3.dist-info/METADATA").is_file()
    assert str((folder / "site/other").readlink()) == "/app/lib/elsewhere"
    assert os.access(folder / "bin/serve", os.X_OK)
    launcher = (folder / "bin/serve").read_text()
    assert launcher.startswith("#!/opt/env/bin/python\n")
    assert "from shop.cli import Main" in launcher
    assert "Main.run()" in launcher
    assert [path.name for path in (write_project(tmp_path, ()) / "bin").iterdir()] == []


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"pyproject.toml": '[project]\nname = "x"\n', "x/__init__.py": "__version__ = '4.5'\n"}, "4.5"),
        ({"pyproject.toml": '[project]\nname = "x"\ndynamic = ["version"]\n'}, "0"),
        ({"setup.cfg": "[metadata]\nname = x\nversion = 7.0\n"}, "7.0"),
        ({"pyproject.toml": '[project]\nname = "x"\nversion = "../../evil"\n'}, "0"),
    ],
)  # fmt: skip
def test_versions(files: dict[str, str], version: str) -> None:
    assert project(files)[0].version == version
