"""Children see an allow-list of our environment and cannot outlive their deadline."""

import sys

from harness.sandbox.children import child_environment, run_child


def test_keys_of_providers_never_pass_and_index_settings_do() -> None:
    seen = child_environment(
        {
            "PATH": "/bin",
            "OPENAI_API_KEY": "canary",
            "AWS_SECRET_ACCESS_KEY": "canary",
            "UV_PUBLISH_TOKEN": "canary",
            "UV_INDEX_CORP_PASSWORD": "index",
            "https_proxy": "http://127.0.0.1:3128",
            "SSL_CERT_FILE": "/ca.pem",
        }
    )
    assert "canary" not in seen.values()
    assert seen == {
        "PATH": "/bin",
        "UV_INDEX_CORP_PASSWORD": "index",
        "https_proxy": "http://127.0.0.1:3128",
        "SSL_CERT_FILE": "/ca.pem",
    }


def test_pips_settings_reach_uv_unless_uv_has_its_own() -> None:
    pip = {"PATH": "/bin", "PIP_INDEX_URL": "http://127.0.0.1/pip", "PIP_CERT": "/pip.pem", "CURL_CA_BUNDLE": "/c.pem"}
    seen = child_environment(pip)
    assert (seen["UV_DEFAULT_INDEX"], seen["SSL_CERT_FILE"]) == ("http://127.0.0.1/pip", "/pip.pem")
    own = child_environment({**pip, "UV_INDEX_URL": "http://127.0.0.1/uv", "SSL_CERT_FILE": "/own.pem"})
    assert "UV_DEFAULT_INDEX" not in own
    assert (own["UV_INDEX_URL"], own["SSL_CERT_FILE"]) == ("http://127.0.0.1/uv", "/own.pem")


def test_run_child_reports_what_was_said_and_a_missed_deadline() -> None:
    code = "import os,sys; print(os.environ.get('SECRET')); print('x', file=sys.stderr); sys.exit(3)"
    done = run_child([sys.executable, "-c", code], {"SECRET": "canary"}, 20.0)
    assert (done.returncode, done.stdout, done.stderr, done.ok) == (3, "None\n", "x\n", False)
    late = run_child([sys.executable, "-uc", "print('first'); import time; time.sleep(60)"], {}, 0.5)
    assert late.returncode is None
