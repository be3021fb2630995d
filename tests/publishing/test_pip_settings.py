"""pip's configuration, asked of the real pip with files and variables of a test."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pip._internal.models.index import PyPI

from truewheel.errors import ReleaseError
from truewheel.publishing.pip_settings import PipSettings, read_pip_settings, without_credentials

WITH_LOGIN = "https://me:secret@index.invalid/simple"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which pip has no configuration."""
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith("PIP_")}
    return {**kept, "PIP_CONFIG_FILE": os.devnull}


def configured(tmp_path: Path, environ: dict[str, str], text: str) -> dict[str, str]:
    file = tmp_path / "pip.conf"
    file.write_text(text, encoding="utf-8")
    return {**environ, "PIP_CONFIG_FILE": str(file)}


def test_without_a_configuration_it_is_pips_default_index(environ: dict[str, str]) -> None:
    assert read_pip_settings(environ) == PipSettings(PyPI.simple_url, {})


def test_variables_take_precedence_over_files_and_install_over_global(tmp_path: Path, environ: dict[str, str]) -> None:
    file = "[global]\nindex-url = http://a.invalid\ncert = /a.pem\n[install]\nindex-url = http://b.invalid\n"
    by_file = configured(tmp_path, environ, file)
    assert read_pip_settings(by_file).index_url == "http://b.invalid"
    assert read_pip_settings(by_file).connection["cert"] == "/a.pem"
    by_variable = {**by_file, "PIP_INDEX_URL": "http://c.invalid", "PIP_TRUSTED_HOST": "c.invalid"}
    settings = read_pip_settings(by_variable)
    assert settings.index_url == "http://c.invalid"
    assert settings.verify is False


def test_all_settings_are_available_as_variables(tmp_path: Path, environ: dict[str, str]) -> None:
    file = f"[global]\nextra-index-url =\n    {WITH_LOGIN}\n    http://b.invalid\n[install]\nno-deps = true\n"
    variables = read_pip_settings(configured(tmp_path, environ, file)).variables
    assert variables["PIP_EXTRA_INDEX_URL"] == f" {WITH_LOGIN} http://b.invalid"
    assert (variables["PIP_NO_DEPS"], "PIP_CONFIG_FILE" in variables) == ("true", False)


def test_variables_are_read_as_pip_reads_them(environ: dict[str, str]) -> None:
    given = {
        "PIP_INDEX_URL": WITH_LOGIN,
        "PIP_TRUSTED_HOST": "a.invalid b.invalid",
        "PIP_CERT": "",
        "PIP_NO_DEPS": "'1",
    }
    pip = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        check=True,
        env={**environ, **given},
        capture_output=True,
        encoding="utf-8",
    )
    listed = dict(line.removeprefix(":env:.").split("=", 1) for line in pip.stdout.splitlines())
    settings = read_pip_settings({**environ, **given})
    assert {"index-url": settings.index_url, **settings.connection, "no-deps": settings.variables["PIP_NO_DEPS"]} == {
        name: value for name, text in listed.items() if (value := ast.literal_eval(text)) and name != "config-file"
    }


def test_a_pip_without_an_index_is_an_error(environ: dict[str, str]) -> None:
    with pytest.raises(ReleaseError, match=r"^pip is configured to use no index$"):
        read_pip_settings({**environ, "PIP_NO_INDEX": "1"})


def test_a_broken_file_is_an_error(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(ReleaseError, match=r"^pip's configuration cannot be read: ") as caught:
        read_pip_settings(configured(tmp_path, environ, "[global\n"))
    assert caught.value.hint == "pip config debug shows its files"


def test_credentials_are_used_and_never_shown() -> None:
    settings = PipSettings(WITH_LOGIN, {})
    assert settings.index == "https://index.invalid/simple"
    assert settings.environ({})["PIP_INDEX_URL"] == WITH_LOGIN
    assert (
        without_credentials(f"no {WITH_LOGIN}/quiverdb/ and a@b") == "no https://index.invalid/simple/quiverdb/ and a@b"
    )


def test_pip_can_be_limited_to_this_index(environ: dict[str, str]) -> None:
    settings = PipSettings(WITH_LOGIN, {"cert": "/ca.pem", "default-timeout": "5"})
    given = {**environ, "PIP_EXTRA_INDEX_URL": "https://extra.invalid", "PIP_FIND_LINKS": "/wheels", "KEPT": "1"}
    ours = {key: value for key, value in settings.environ(given).items() if key not in environ or "PIP" in key}
    assert ours == {
        "KEPT": "1",
        "PIP_CERT": "/ca.pem",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DEFAULT_TIMEOUT": "5",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_INDEX_URL": WITH_LOGIN,
        "PIP_NO_INPUT": "1",
    }


@pytest.mark.parametrize(
    ("connection", "verify"),
    [
        ({}, None),
        ({"cert": "/ca.pem"}, "/ca.pem"),
        ({"trusted-host": "other\nindex.invalid"}, False),
        ({"trusted-host": "index.invalid:8443", "cert": "/ca.pem"}, "/ca.pem"),
    ],
)
def test_certificates_are_verified_as_pip_verifies_them(connection: dict[str, str], verify: object) -> None:
    assert PipSettings(WITH_LOGIN, connection).verify == verify


def test_the_proxy_of_pip_is_used() -> None:
    assert PipSettings(WITH_LOGIN, {}).proxies == {}
    proxy = "http://proxy.invalid:3128"
    assert PipSettings(WITH_LOGIN, {"proxy": proxy}).proxies == {"http": proxy, "https": proxy}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:a/b@h", "https://h"),
        ("https://u:a#b@h/simple", "https://h/simple"),
        ("https://u:a?b@h/simple", "https://h/simple"),
        ("https://u:a@b/c@h", "https://h"),
        ("https://a.invalid,https://u:a/b@h", "https://a.invalid,https://h"),
        # The views of a feed on Azure have an @ in their path.
        ("https://u:a@dev.invalid/feed@Local/simple", "https://dev.invalid/feed@Local/simple"),
        ("https://dev.invalid/feed@Local/simple", "https://dev.invalid/feed@Local/simple"),
        ("https://dev:8443/feed@Local/simple", "https://dev:8443/feed@Local/simple"),
        ("http://[::1]:8080/feed@Local/simple", "http://[::1]:8080/feed@Local/simple"),
    ],
)
def test_a_password_ends_at_the_last_at_sign_before_the_host(url: str, shown: str) -> None:
    assert without_credentials(url) == shown
