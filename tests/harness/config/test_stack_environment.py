"""A stack gets what a program needs to run, and nothing that could be a secret."""

from __future__ import annotations

from gameday.config.stack_environment import stack_environment, withheld
from support.rows import rows


@rows(
    "name",
    [
        "SALESFORCE_TOKEN",
        "NETSUITE_ACCOUNT",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "DATABASE_URL",
        "PGPASSWORD",
        "GITHUB_TOKEN",
        "CI_JOB_TOKEN",
        "NPM_TOKEN",
        "NODE_AUTH_TOKEN",
        "PIP_INDEX_URL",
        "UV_INDEX_URL",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "SSH_AUTH_SOCK",
        "KUBECONFIG",
        "DOCKER_HOST",
        "VAULT_TOKEN",
        "OPENAI_API_KEY",
        "GAMEDAY_CONTROL_TOKEN",
        "GAMEDAY_TOXIPROXY_URL",
        "PYTHON_KEYRING_BACKEND_PASSWORD_1",
        "HOMEPAGE_SECRET",
        "PATH_TO_KEY",
        "LD_SDK_KEY",
        "LD_ACCESS_TOKEN",
        "LC_TOKEN",
        "XDG_SESSION_SECRET",
        "sf_access_token",
        "Sf.AccessToken",
        "SFDX_AUTH_URL",
        "PD_KEY",
        "JIRA_PAT",
        "CONSUMERSECRET",
        "USERPASS",
        "PIPELINE_ENV",
        "GOPROXY",
        "GOAUTH",
        "CARGO_REGISTRY_TOKEN",
        "BUNDLE_RUBYGEMS__PKG__GITHUB__COM",
        "MAVEN_REPO_PASS",
        "JAVA_OPTS",
        "NETRC",
        "PGPASSFILE",
        "",
    ],
)
def test_a_variable_that_may_be_a_secret_or_lead_elsewhere_is_withheld(name: str) -> None:
    assert stack_environment({name: "x", "PATH": "/bin"}, ()) == {"PATH": "/bin"}
    assert withheld({name: "x", "PATH": "/bin"}, ()) == [name]


@rows(
    "name",
    [
        "PATH",
        "Path",
        "HOME",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMPDIR",
        "PYTHONPATH",
        "PYTHONUNBUFFERED",
        "VIRTUAL_ENV",
        "NODE_OPTIONS",
        "JAVA_HOME",
        "GEM_PATH",
        "GOPATH",
        "DOTNET_ROOT",
        "LD_LIBRARY_PATH",
        "SystemRoot",
    ],
)
def test_what_a_runtime_needs_is_kept(name: str) -> None:
    assert stack_environment({name: "x"}, ()) == {name: "x"}


@rows(
    ("name", "value"),
    [
        ("JAVA_TOOL_OPTIONS", "-Dhttps.proxyHost=proxy.corp -Dhttps.proxyPort=3128"),
        ("JAVA_TOOL_OPTIONS", "-Dsalesforce.password=x"),
        ("MAVEN_OPTS", "-Dnetsuite.token.secret=x"),
        ("NODE_OPTIONS", "--require=/opt/corporate-proxy.cjs"),
        ("GOFLAGS", "-ldflags=-X=main.apiKey=x"),
        ("PYTHONHTTPSVERIFY", "https://me:x@index.example.com"),
    ],
)
def test_options_of_a_runtime_that_set_a_proxy_or_a_credential_are_withheld(name: str, value: str) -> None:
    assert stack_environment({name: value}, ()) == {}
    assert stack_environment({name: value}, (name,)) == {name: value}


@rows(
    ("name", "value"),
    [
        ("PATH", "/opt/token-tools/bin:/opt/proxy/bin"),
        ("HOME", "/home/secret"),
        ("PYTHONPATH", "/srv/proxy"),
        ("JAVA_TOOL_OPTIONS", "-Xmx512m"),
        ("NODE_OPTIONS", "--max-old-space-size=512"),
        ("DYLD_FALLBACK_LIBRARY_PATH", "/opt/lib"),
        ("XDG_CACHE_HOME", "/tmp/cache"),
    ],
)
def test_folders_and_other_options_of_a_runtime_are_kept(name: str, value: str) -> None:
    assert stack_environment({name: value}, ()) == {name: value}


def test_a_table_inherits_exactly_what_it_names() -> None:
    environment = {"DATABASE_URL": "a", "DATABASE_URL_2": "b"}
    assert stack_environment(environment, ("DATABASE_URL", "NOT_SET")) == {"DATABASE_URL": "a"}
    assert withheld(environment, ("DATABASE_URL",)) == ["DATABASE_URL_2"]


def test_no_table_inherits_a_token_of_ours() -> None:
    tokens = ["GAMEDAY_FAKES_TOKEN", "GAMEDAY_LIVE_TOKEN", "GAMEDAY_TOXIPROXY_TOKEN", "GAMEDAY_SEAL_SECRET"]
    assert stack_environment(dict.fromkeys(tokens, "open"), tokens) == {}
