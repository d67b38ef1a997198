"""The pages as files: what they may load, and what is in them."""

import re
from importlib.resources import files

import httpx
import pytest

from fake_server.scenarios import Say, Scenario

ASSETS = {path.name: path.read_text("utf-8") for path in (files("fake_server.service.pages") / "assets").iterdir()}
SCRIPTS = {name: text for name, text in ASSETS.items() if name.endswith(".js")}


@pytest.fixture
def get(running):
    def get(target, **settings):
        return httpx.get(running(**settings).url + target, timeout=5, trust_env=False)

    return get


@pytest.mark.parametrize(
    "target", ["/", "/.wiretape/sign-in", "/.wiretape/pages/chat.js", "/.wiretape/pages/style.css"]
)
def test_policy_lets_in_nothing_from_elsewhere(get, target):
    policy = get(target).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("target", ["/", "/.wiretape/sign-in"])
def test_everything_that_a_page_loads_is_there(get, target):
    shown = get(target).text
    loaded = re.findall(r'(?:src|href)="(/\.wiretape/pages/[^"]+)"', shown)
    assert len(loaded) == 2
    assert [get(each).status_code for each in loaded] == [200, 200]


@pytest.mark.parametrize("name", SCRIPTS)
def test_everything_that_a_script_imports_is_there(get, name):
    for imported in re.findall(r'from "\./([\w-]+\.js)"', SCRIPTS[name]):
        assert get(f"/.wiretape/pages/{imported}").headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_makes_markup_or_code_of_text(name):
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc", SCRIPTS[name]
    )
    assert len(SCRIPTS[name].splitlines()) < 300


@pytest.mark.parametrize("name", ASSETS)
def test_no_file_points_to_another_machine(name):
    assert not re.search(r"https?://(?!127)|//[a-z]+\.[a-z]", ASSETS[name].replace("/^https?:\\/\\//i", ""))


@pytest.mark.parametrize("name", ["none.js", "chat.html", "../serving.py", "%2e%2e%2fserving.py", "__init__.py"])
def test_what_is_no_script_or_style_is_not_given_out(get, name):
    assert get(f"/.wiretape/pages/{name}").status_code == 404


def test_settings_cannot_end_the_element_that_they_stand_in(get):
    def play(_):
        yield Say("")

    shown = get("/", scenarios=(Scenario("/test", play, "</script><script>alert(1)</script>"),)).text
    assert shown.count("</script>") == 2
    assert r"\u003c/script>\u003cscript>alert(1)" in shown


def test_page_names_its_generation(get, generation):
    assert f'"generation":"{generation}"' in get("/", generation=generation).text


def test_page_says_nothing_of_tokens_that_the_fake_was_started_with(get):
    assert "the-one-token" not in get("/", tokens={"the-one-token"}).text


def test_fake_still_says_what_it_is(get):
    assert get("/.wiretape", seed=3).json() == {"fake": "copilot", "generation": "2026", "seed": 3}
