"""What the coverage driver reads from test files: which are tests, what asserts, what equals everything, why not."""

import importlib
import sys
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[3] / "harness" / "images" / "coverage"
if str(IMAGE) not in sys.path:
    sys.path.insert(0, str(IMAGE))
assertions, rewrite, reasons, suite = (
    importlib.import_module(n) for n in ("assertions", "rewrite", "reasons", "suite")
)


def test_assertions_are_counted_over_all_test_files() -> None:
    kit = "def same(a, b):\n    assert a == b\ndef near(a, b):\n    same(round(a), round(b))\n"
    tests = (
        "def test_real():\n    assert f(1) == 2\n"
        "def test_true():\n    assert True\n"
        "def test_none():\n    f(1)\n"
        "def test_helper():\n    near(f(1), 2)\n"
        "def test_raises():\n    with pytest.raises(ValueError):\n        f(0)\n"
        "def test_fixture(same):\n    pass\n"
        "@pytest.fixture\ndef test_client():\n    return 1\n"
        "class TestOld:\n    def test_unit(self):\n        self.assertEqual(f(1), 2)\n"
        "    def test_constant(self):\n        self.assertTrue(True)\n"
    )
    assert assertions.assertion_counts([tests, kit]) == (8, ["test_true", "test_none", "test_constant"])


@pytest.mark.parametrize(
    "line",
    [
        "assert r.status_code == 200",
        "self.assertEqual(a, 1)",
        "assert_that(a, equal_to(1))",
        "mock.assert_called_once()",
        "r.raise_for_status()",
        "expect(r).to.equal(1)",
        "check.equal(a, 1)",
        "pytest.fail('x')",
        "raise AssertionError",
        "np.testing.assert_allclose(a, b)",
        "validate(r.json(), SCHEMA)",
        "verify(r)",
        "with pytest.raises(E): f()",
        "with self.subTest(): self.assertIn(1, a)",
        "check_status(r, 201)",
    ],
)
def test_people_assert_in_many_ways(line: str) -> None:
    assert assertions.assertion_counts([f"def test_a():\n    {line}\n"])[1] == []


@pytest.mark.parametrize("line", ["assert True", "assert 1 == 1", "f()", "self.assertTrue(True)", "print(r)", "pass"])
def test_and_do_not_in_some(line: str) -> None:
    assert assertions.assertion_counts([f"def test_a():\n    {line}\n"])[1] == ["test_a"]


def test_functions_that_the_settings_call_tests_are_sabotaged() -> None:
    names = rewrite.Names.of(["check_*", "*"], ["Describe"])
    text = "def check_a():\n    pass\nclass DescribeX:\n    def check_b(self):\n        pass\ndef other():\n    pass\n"
    assert rewrite.sabotaged(text, "marker", names)[1] == {"check_a", "check_b"}


METHODS = [
    "return True",
    "'Doc.'\n        x = 1\n        return 1",
    "return isinstance(other, object)",
    "return other == other",
    "return True or other",
    "if self.x:\n            return True\n        return bool(1)",
    "return not False",
]


def test_a_comparison_with_what_equals_everything_is_no_assertion() -> None:
    text = (
        "class Yes:\n    def __eq__(self, other):\n        return True\n"
        "def test_a():\n    assert Yes(1) == f()\n"
        "def test_b():\n    assert f() == Yes(2)\n"
        "class TestC:\n    def test_c(self):\n        self.assertEqual(f(), Yes(3))\n"
        "def test_d():\n    assert f() == Yes(4)\n    assert f() == 2\n"
    )
    assert assertions.assertion_counts([text]) == (4, ["test_a", "test_b", "test_c"])
    assert assertions.void_comparisons([text]) == 3
    assert assertions.void_comparisons(["def test_a():\n    pass\n"]) == 0


ALWAYS = [
    *(f"class A:\n    def __eq__(self, other):\n        {body}\n" for body in METHODS),
    "class A:\n    __eq__ = lambda self, other: True\n",
    "def yes(a, b):\n    return not False\nclass A:\n    __eq__ = yes\n",
    "def yes(a, b):\n    return True\nA.__eq__ = yes\n",
    "setattr(A, '__eq__', lambda s, o: True)\n",
    "A = type('A', (), {'__eq__': lambda s, o: 1 == 1})\n",
    "class A:\n    def __eq__(self, *args):\n        return True or args\n",
]
LOOKS = [
    "return self.x == other.x",
    "return isinstance(other, str)",
    "UUID(other)\n        return True",
    "return False",
    "if not isinstance(other, A):\n            return NotImplemented\n        return True",
    "assert other > 0\n        return True",
]
SOMETIMES = [
    *(f"class A:\n    def __eq__(self, other):\n        {body}\n" for body in LOOKS),
    "class A:\n    def __ne__(self, other):\n        return True\n",
    "@dataclass\nclass A:\n    x: int\n",
]


@pytest.mark.parametrize("text", ALWAYS)
def test_an_equality_that_is_always_true_is_found(text: str) -> None:
    assert len(assertions.always_equal({"a.py": text})) == 1


@pytest.mark.parametrize("text", SOMETIMES)
def test_an_equality_that_looks_is_not(text: str) -> None:
    assert assertions.always_equal({"a.py": text}) == []


IMPORT = """ImportError while importing test module '/tmp/s/app/tests/test_a.py'.
Traceback:
tests/test_a.py:1: in <module>
    import respx
E   ModuleNotFoundError: No module named 'respx'"""
CONFTEST = """ImportError while loading conftest '/tmp/s/app/tests/conftest.py'.
tests/conftest.py:1: in <module>
    from app.settings import TOKENS
E   ModuleNotFoundError: No module named 'app.settings'
"""


def test_the_reason_is_the_error_itself() -> None:
    (found,) = reasons.reasons([f"tests/test_a.py: {IMPORT}"], 2, "", "/tmp/s/app")
    assert (found["where"], found["missing"]) == ("tests/test_a.py", "respx")
    assert found["error"] == "ModuleNotFoundError: No module named 'respx'"
    (found,) = reasons.reasons([], 4, CONFTEST, "/tmp/s/app")
    assert (found["where"], found["missing"]) == ("tests/conftest.py", "app.settings")
    (found,) = reasons.reasons([], 4, "ERROR: usage: x\npython: error: unrecognized arguments: --no-such\n", "/tmp")
    assert "unrecognized arguments: --no-such" in found["error"]
    (found,) = reasons.reasons(["tests/b.py: E   SyntaxError: invalid syntax"], 2, "", "/tmp")
    assert (found["error"], found["missing"]) == ("SyntaxError: invalid syntax", "")
    assert reasons.reasons([], 1, "anything", "/tmp") == []


def laid_out(app: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text, encoding="utf-8")
    return app


def test_files_that_only_settings_call_tests_hold_tests_and_nothing_else_uses_them(tmp_path: Path) -> None:
    laid_out(
        tmp_path,
        {
            "pytest.ini": "[pytest]\npython_files = *.py\npython_functions = test_* *\n",
            "app/main.py": "from app import billing\ndef a(): pass\ndef b(): pass\ndef test_nothing(): pass\n",
            "app/billing.py": "def test_price(): pass\n",
            "app/unused.py": "def price(): pass\n",
            "specs/order_spec.py": "def test_order(): assert 1\n",
        },
    )
    found = suite.discover(tmp_path)
    assert found.sources == ("app/billing.py", "app/main.py", "app/unused.py")
    assert found.tests == ("specs/order_spec.py",)


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        (["manage.py", "polls/tests.py", "shop/tests/test_a.py"], ("shop/tests", "polls/tests.py")),
        (["tests/test_a.py", "app/tests/test_b.py"], ("app/tests", "tests")),
        (["tests/unit/test_a.py", "scripts/test_server.py"], ("tests",)),
        (["test_main.py", "main.py"], ("test_main.py",)),
        (["test/test_a.py"], ("test",)),
        (["backend/tests/test_a.py", "backend/app.py"], ("backend/tests",)),
        (["app/orders/orders_test.py"], ("app/orders/orders_test.py",)),
    ],
)
def test_suites_are_found_where_people_put_them(tmp_path: Path, files: list[str], arguments: tuple[str, ...]) -> None:
    found = suite.discover(laid_out(tmp_path, dict.fromkeys(files, "x = 1\n")))
    assert found.arguments == arguments


CASE = "from unittest import TestCase\nclass A(TestCase):\n    def test_a(self):\n        self.assertTrue(f())\n"


def test_what_unittest_would_run_is_run(tmp_path: Path) -> None:
    files = {
        "tests/orders_tests.py": CASE,
        "tests/testorders.py": CASE,
        "tests/test_a.py": CASE,
        "tests/testing.py": "",
    }
    assert suite.discover(laid_out(tmp_path, files)).arguments == (
        "tests",
        "tests/orders_tests.py",
        "tests/testorders.py",
    )


def test_build_files_are_no_sources_unless_the_service_uses_them(tmp_path: Path) -> None:
    app = laid_out(tmp_path, {"setup.py": "from setuptools import setup\nsetup()\n", "app.py": "x = 1\n"})
    assert suite.discover(app).sources == ("app.py",)
    assert suite.discover(laid_out(app, {"app.py": "import setup\n"})).sources == ("app.py", "setup.py")
