"""How a version's parameters, model, address and key are resolved, and what is refused before anything runs."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.agents.chat import ChatAgent, driver_of
from harness.agents.chat_settings import PROTOCOLS, key_of, settings_of
from harness.agents.dotenv import parse_dotenv, with_dotenv
from harness.config.suite import Overrides, load_suite
from harness.errors import UsageError
from harness.model.agent import AgentSpec, AgentVersion
from harness.model.submission import Prompt
from harness.model.trial import Trial

ENVIRON = {"OPENAI_API_KEY": "sk-0123456789abcdef", "ANTHROPIC_API_KEY": "sk-ant-0123456789"}
PROMPT = Prompt("system", "user", "0" * 64)
TRIAL = Trial("t", "dev@00000000", 1, 1)


def version(model: str | None = "m-1", wish: str | None = None, **parameters: Any) -> AgentVersion:
    spec = AgentSpec("dev", "", "You are dev.", "0" * 64, "dev.md", model=wish)
    return AgentVersion(spec, "chat", "a" * 64, model, parameters)


def refused(asked: AgentVersion, environ: Mapping[str, str] = ENVIRON) -> UsageError:
    with pytest.raises(UsageError) as caught:
        ChatAgent(environ).check(asked, TRIAL, PROMPT)
    return caught.value


@pytest.mark.parametrize("wish", ["sonnet", "Opus", "haiku", None])
def test_a_wish_is_no_model(wish: str | None) -> None:
    error = refused(version(None, wish))
    assert error.code == "no_model"
    assert "--model" in error.message
    assert "dev.md" in error.message


def test_a_wish_is_resolved_by_the_suite_or_a_flag() -> None:
    assert settings_of(version(None, "sonnet", aliases={"sonnet": "claude-x-1"}), {}).model == "claude-x-1"
    assert settings_of(version("m-2", "sonnet"), {}).model == "m-2"
    assert settings_of(version(None, "qwen-coder"), {}).model == "qwen-coder"


def test_the_protocol_follows_the_models_name_unless_stated() -> None:
    assert settings_of(version("claude-x-1"), {}).protocol == "anthropic-messages"
    assert settings_of(version("gpt-x"), {}).protocol == "openai-chat"
    assert settings_of(version("claude-x-1", protocol="openai-chat"), {}).protocol == "openai-chat"


def test_addresses_come_from_the_suite_then_the_environment_then_the_provider() -> None:
    environ = {"OPENAI_BASE_URL": "http://127.0.0.1:8089/v1"}
    assert settings_of(version(base_url="http://localhost:1/v1"), environ).base_url == "http://localhost:1/v1"
    assert settings_of(version(), environ).base_url == "http://127.0.0.1:8089/v1"
    official = settings_of(version(), {})
    assert (official.base_url, official.max_tokens_name) == (PROTOCOLS["openai-chat"][2], "max_completion_tokens")
    assert settings_of(version(), environ).max_tokens_name == "max_tokens"


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8089", "ftp://h/", "http://", "http://h:99999", "http://h/ x", "http://[::"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    error = refused(version(), {**ENVIRON, "OPENAI_BASE_URL": address})
    assert error.code == "bad_base_url"
    assert "OPENAI_BASE_URL" in error.message


def test_an_address_with_a_login_is_refused_without_repeating_it() -> None:
    error = refused(version(base_url="https://me:geheimnis123@host/v1"))
    assert error.code == "bad_base_url"
    assert "geheimnis123" not in error.message


@pytest.mark.parametrize("environ", [{}, {"OPENAI_API_KEY": "  "}])
def test_no_key_is_told_with_the_variables_name(environ: dict[str, str]) -> None:
    error = refused(version(), environ)
    assert (error.code, "OPENAI_API_KEY" in error.message) == ("no_key", True)


def test_a_key_may_stand_in_another_variable() -> None:
    asked = settings_of(version(key_env="MY_SERVER_KEY"), {})
    assert key_of(asked, {"MY_SERVER_KEY": " abc "}) == "abc"


def test_a_broken_key_is_refused_without_repeating_it() -> None:
    error = refused(version(), {"OPENAI_API_KEY": "sk-geheim\u201d"})
    assert (error.code, "geheim" in error.message) == ("bad_key", False)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"max_token": 5}, "unknown key 'max_token'"),
        ({"tries": 0}, "tries"),
        ({"prices": {"input_per_mtok": 1}}, "output_per_mtok"),
        ({"temperature": "hot"}, "temperature"),
    ],
)
def test_wrong_parameters_name_agent_and_key(parameters: dict[str, Any], said: str) -> None:
    error = refused(version(**parameters))
    assert "agent 'dev', parameters" in error.message
    assert said in error.message


def test_a_cap_needs_a_price() -> None:
    assert refused(version(max_cost_usd=1.0)).code == "price_unknown"
    prices = {"input_per_mtok": 1, "output_per_mtok": 2}
    ChatAgent(ENVIRON).check(version(max_cost_usd=1.0, prices=prices), TRIAL, PROMPT)


def test_a_missing_extra_says_what_to_install() -> None:
    def absent(name: str) -> ModuleType:
        raise ModuleNotFoundError("No module named 'openai'", name="openai")

    with pytest.raises(UsageError, match=r"pip install 'harness\[openai\]'"):
        driver_of("openai-chat", absent)


def test_dotenv_is_below_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\n", encoding="utf-8")
    assert with_dotenv({"A": "shell"}, tmp_path) == {"A": "shell", "B": "file"}
    assert with_dotenv({"A": "shell"}, tmp_path / "absent") == {"A": "shell"}


def test_dotenv_lines() -> None:
    text = "# c\nexport A = one # why\nB='two # not'\nC=\"x y\"  # c\nD=\nE=a#b\nnot a line\n1F=x\n"
    assert parse_dotenv(text) == {"A": "one", "B": "two # not", "C": "x y", "D": "", "E": "a#b"}


def suite_with(folder: Path, parameters: str) -> AgentVersion:
    root = Path(__file__).parents[3]
    (folder / "tasks/suites").mkdir(parents=True, exist_ok=True)
    task = folder / "tasks/greeting"
    if not task.exists():
        task.symlink_to(root / "fixtures/tasks/greeting")
    path = folder / "tasks/suites/s.toml"
    path.write_text(
        'schema = 1\nname = "s"\ntasks = ["greeting"]\n[[agents]]\n'
        f'definition = "{root}/fixtures/agents/careful-v1.md"\n'
        f'adapter = "chat"\nmodel = "m"\n[agents.parameters]\n{parameters}\n',
        encoding="utf-8",
    )
    (found,) = load_suite(path, ("acceptance",), Overrides(max_cost_usd=2.5))[0].agents
    return found


def test_prices_patience_and_the_cap_make_no_other_version_but_sampling_does(tmp_path: Path) -> None:
    plain = suite_with(tmp_path, "")
    assert plain.parameters == {"max_cost_usd": 2.5}
    same = suite_with(tmp_path, "tries = 2\ndeadline_s = 5\nprices = { input_per_mtok = 1, output_per_mtok = 2 }")
    assert same.digest == plain.digest
    assert suite_with(tmp_path, "temperature = 0.5").digest != plain.digest
    assert suite_with(tmp_path, "max_tokens = 5").digest != plain.digest


def test_settings_hold_no_key() -> None:
    assert ENVIRON["OPENAI_API_KEY"] not in repr(settings_of(version(), ENVIRON))
