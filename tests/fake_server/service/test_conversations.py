"""Conversations over REST: opened, listed, read, shared, deleted."""

import pytest

from tests.support.clients.core_client import Talk, ask, json_of, send, service_of

NANOID = 21


@pytest.fixture
def service(generation):
    return service_of(generation=generation)


def get(service, target, **more):
    return json_of(ask(service, "GET", target, **more))


def test_conversation_id_is_a_nanoid(service):
    told = json_of(ask(service, "POST", "/c/api/conversations"))
    assert list(told) == ["id"]
    assert len(told["id"]) == NANOID


def test_conversations_are_listed_for_their_owner_with_the_last_used_first():
    service = service_of()
    first, second = (json_of(ask(service, "POST", "/c/api/conversations", token="a"))["id"] for _ in range(2))
    Talk(service, "a").say(send("Rivers of Peru", first))
    assert get(service, "/c/api/conversations?types=chat", token="b") == {"results": [], "next": None}
    assert get(service, "/c/api/conversations", token="a") == {
        "results": [
            {"id": first, "title": "Rivers of Peru", "updatedAt": "2026-01-15T10:00:02.000Z"},
            {"id": second, "title": None, "updatedAt": "2026-01-15T10:00:00.000Z"},
        ],
        "next": None,
    }


@pytest.mark.parametrize(
    ("spoken", "date", "human", "ai"),
    [
        ("2025-03", "2025-04-01", "human", "ai"),
        ("2025-10", "2025-10-15", {"type": "human"}, {"type": "ai"}),
        ("2026", "2026-01-15", {"type": "human"}, {"type": "ai"}),
    ],
)
def test_history_is_newest_first(spoken, date, human, ai):
    service = service_of(generation=spoken)
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    Talk(service).say(send("/parts 1", conversation))
    told = get(service, f"/c/api/conversations/{conversation}/history?api-version=2")
    answer, question = told["results"]
    part_id = answer["content"][0]["partId"]
    assert told["next"] is None
    assert question == {
        "id": question["id"],
        "author": human,
        "createdAt": f"{date}T10:00:01.000Z",
        "content": [{"type": "text", "text": "/parts 1"}],
    }
    assert answer == {
        "id": answer["id"],
        "author": ai,
        "createdAt": f"{date}T10:00:02.000Z",
        "content": [{"type": "text", "text": "Part 1 of the answer. ", "partId": part_id}],
    }


def test_history_tells_replaced_text_sources_and_pictures():
    service = service_of()
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    socket = Talk(service)
    for prompt in ("/replace", "/search x", "/image-only x"):
        socket.say(send(prompt, conversation))
    results = get(service, f"/c/api/conversations/{conversation}/history")["results"]
    picture, searched, replaced = (result["content"] for result in results[::2])
    assert [part["type"] for part in picture] == ["image"]
    assert [part["type"] for part in searched] == ["text", "citation", "citation"]
    assert [searched[1]["publisher"], searched[2]["publisher"]] == ["Example", "example.org"]
    assert replaced[0]["text"] == "A second draft of the answer."


def test_history_of_another_account_is_404():
    service = service_of()
    conversation = json_of(ask(service, "POST", "/c/api/conversations", token="a"))["id"]
    target = f"/c/api/conversations/{conversation}/history"
    assert [ask(service, "GET", target, token=t).status for t in ("a", "b", None)] == [200, 404, 404]


def test_deleted_conversation_is_gone(service):
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    target = f"/c/api/conversations/{conversation}"
    assert [ask(service, "DELETE", target).status for _ in range(2)] == [200, 404]
    assert ask(service, "GET", f"{target}/history").status == 404


# -------------------------------------------------------------------- over the wire
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": b"{}"},
        {"data": {}},
        {"content": b"", "headers": {"content-type": "application/x-www-form-urlencoded"}},
    ],
)
def test_conversation_is_opened_whatever_the_body_is(site, body):
    opened = site.client().post("/c/api/conversations", **body)
    assert (opened.status_code, len(opened.json()["id"])) == (200, NANOID)


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 1), ("?types=chat", 1), ("?types=character,chat", 1), ("?types=xbox,group", 0), ("?language=en", 1)],
)
def test_list_holds_the_types_that_are_asked_for(site, query, count):
    client = site.client("a")
    client.post("/c/api/conversations")
    assert len(client.get(f"/c/api/conversations{query}").json()["results"]) == count


def pages(client, path, name):
    """All pages, by the pointer that each gives to the next."""
    told = [client.get(path).json()]
    while told[-1]["next"] is not None:
        told.append(client.get(path, params={name: told[-1]["next"]}).json())
    return [[each["id"] for each in page["results"]] for page in told]


@pytest.mark.parametrize("name", ["next", "cursor"])
def test_list_comes_in_pages(running, generation, name):
    client = running(generation=generation, page_size=2).client("a")
    opened = [client.post("/c/api/conversations").json()["id"] for _ in range(5)]
    newest = opened[::-1]
    assert pages(client, "/c/api/conversations", name) == [newest[:2], newest[2:4], newest[4:]]


def test_list_that_just_fills_a_page_has_no_next_one(running):
    client = running(page_size=2).client("a")
    for _ in range(2):
        client.post("/c/api/conversations")
    assert client.get("/c/api/conversations").json()["next"] is None


def test_history_comes_in_pages(generation):
    service = service_of(generation=generation, page_size=3)
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    for _ in range(2):
        Talk(service).say(send("Hi", conversation))
    first = get(service, f"/c/api/conversations/{conversation}/history")
    second = get(service, f"/c/api/conversations/{conversation}/history?next={first['next']}")
    assert [len(first["results"]), len(second["results"]), second["next"]] == [3, 1, None]
    assert len({each["id"] for each in first["results"] + second["results"]}) == 4


@pytest.mark.parametrize("pointer", ["invented", "!", "a", "ü", "YWZ0ZXI6_w", "YWJj"])
def test_page_that_nobody_pointed_to_is_400(site, pointer):
    refused = site.client("a").get("/c/api/conversations", params={"next": pointer})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-request")


def test_page_after_what_is_gone_is_empty(running):
    client = running(page_size=1).client("a")
    for _ in range(3):
        client.post("/c/api/conversations")
    first = client.get("/c/api/conversations").json()
    client.delete(f"/c/api/conversations/{first['results'][0]['id']}")
    rest = client.get("/c/api/conversations", params={"next": first["next"]}).json()
    assert rest == {"results": [], "next": None}


def test_dates_follow_the_service_s_time(running):
    site = running()
    site.script.pass_time(86_400)
    client = site.client("a")
    client.post("/c/api/conversations")
    assert client.get("/c/api/conversations").json()["results"][0]["updatedAt"] == "2026-01-16T10:00:00.000Z"


# -------------------------------------------------------------------- shares
SHARES = "/c/api/conversations/shares"


def shared(service):
    conversation = json_of(ask(service, "POST", "/c/api/conversations", token="a"))["id"]
    Talk(service, "a").say(send("/search rivers", conversation))
    return json_of(ask(service, "POST", f"/c/api/conversations/{conversation}/shares", token="a"))["id"]


def test_share_tells_words_for_authors_and_dates_with_an_offset(service):
    told = get(service, f"{SHARES}/{shared(service)}", token=None)
    answer, question = told["messages"]
    assert set(told) == {"conversationTitle", "messages"}
    assert [answer["author"], question["author"]] == ["ai", "human"]
    assert set(answer) == {"author", "content", "createdAt", "id"}
    assert question["createdAt"].endswith("T10:00:01.000+00:00")
    assert {"citation", "text"} == {part["type"] for part in answer["content"]}


def test_conversation_that_nobody_shared_is_no_share(site):
    client = site.client("a")
    conversation = client.post("/c/api/conversations").json()["id"]
    assert client.get(f"{SHARES}/{conversation}").status_code == 404


def test_only_the_owner_shares(site):
    conversation = site.client("a").post("/c/api/conversations").json()["id"]
    path = f"/c/api/conversations/{conversation}/shares"
    assert [site.client(each).post(path).status_code for each in ("b", None, "a")] == [404, 404, 200]


def test_conversation_has_one_share(site):
    client = site.client("a")
    path = f"/c/api/conversations/{client.post('/c/api/conversations').json()['id']}/shares"
    assert client.post(path).json() == client.post(path).json()


def test_share_ends_with_its_conversation(site):
    client = site.client("a")
    conversation = f"/c/api/conversations/{client.post('/c/api/conversations').json()['id']}"
    share = f"{SHARES}/{client.post(f'{conversation}/shares').json()['id']}"
    told = [client.get(share).status_code, client.delete(conversation).status_code, client.get(share).status_code]
    assert told == [200, 200, 404]


def test_other_path_of_shares_is_for_signed_in_callers(running):
    site = running(generation="2026")
    client = site.client("a")
    conversation = client.post("/c/api/conversations").json()["id"]
    share = client.post(f"/c/api/conversations/{conversation}/shares").json()["id"]
    told = [site.client(each).get(f"/c/api/shares/{share}").status_code for each in (None, "b", "a")]
    assert told == [401, 200, 200]
