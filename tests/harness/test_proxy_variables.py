import pytest

from harness.proxy_variables import bypassing_proxies

URL = "http://127.0.0.1:5000"
OURS = "127.0.0.1,localhost,::1"


@pytest.mark.parametrize("environment", [{}, {"NO_PROXY": "a.test"}, {"HTTP_PROXY": "", "http_proxy": ""}])
def test_without_a_proxy_nothing_changes(environment):
    assert bypassing_proxies(environment, URL) == {}


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "all_proxy", "WS_PROXY"])
def test_any_proxy_is_bypassed_in_both_spellings(name):
    assert bypassing_proxies({name: "http://proxy.test:3128"}, URL) == {"NO_PROXY": OURS, "no_proxy": OURS}


@pytest.mark.parametrize(
    ("exceptions", "upper", "lower"),
    [
        ({"NO_PROXY": "a.test, localhost"}, "a.test,localhost,127.0.0.1,::1", "a.test,localhost,127.0.0.1,::1"),
        ({"NO_PROXY": "a.test", "no_proxy": "b.test"}, f"a.test,{OURS}", f"b.test,{OURS}"),
        ({"no_proxy": "*"}, "*", "*"),
        ({"no_proxy": "a.test, *"}, "*", "*"),
        ({"no_proxy": " , "}, OURS, OURS),
    ],
)
def test_exceptions_that_are_there_stay(exceptions, upper, lower):
    found = bypassing_proxies({"HTTP_PROXY": "http://proxy.test", **exceptions}, URL)
    assert found == {"NO_PROXY": upper, "no_proxy": lower}


def test_name_of_the_local_server_is_bypassed_too():
    found = bypassing_proxies({"https_proxy": "http://proxy.test"}, "https://service.test:8443")
    assert found["no_proxy"] == f"{OURS},service.test"
