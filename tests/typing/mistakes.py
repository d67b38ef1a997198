"""Mistakes that a type checker has to find: each line with a comment `finds:` has one of that rule, and no other line."""

from harness import Wire
from provider import AsyncCopilotClient, CopilotClient, Credentials


def wrong_options() -> None:
    CopilotClient(bse_url="http://127.0.0.1:1")  # finds: reportCallIssue
    AsyncCopilotClient(timeuot=3)  # finds: reportCallIssue
    CopilotClient(5)  # finds: reportArgumentType
    CopilotClient(base_url=7)  # finds: reportArgumentType
    CopilotClient(timeout="3")  # finds: reportArgumentType
    CopilotClient(credentials="a-token")  # finds: reportArgumentType
    CopilotClient(conversation="an-id")  # finds: reportArgumentType
    CopilotClient(refresh=lambda: None)  # finds: reportArgumentType
    CopilotClient(on_challenge=lambda challenge: 5)  # finds: reportArgumentType
    CopilotClient(credentials=Credentials("a-token"))  # finds: reportCallIssue
    CopilotClient().with_options(timeuot=3)  # finds: reportCallIssue
    CopilotClient().with_options(linger="long")  # finds: reportArgumentType


def wrong_calls(client: CopilotClient) -> None:
    client.chat(["hi"])  # finds: reportArgumentType
    client.chat("hi", modle="Copilot")  # finds: reportCallIssue
    client.chat("hi", media="picture.png")  # right for a checker: a str is an iterable of str
    client.conversations.get(7)  # finds: reportArgumentType
    print(client.chat("hi").txt)  # finds: reportAttributeAccessIssue
    for item in client.chat("hi"):
        if not isinstance(item, str) and item.type == "imgae":  # finds: reportUnnecessaryComparison
            print(item)


async def wrong_waits(client: AsyncCopilotClient) -> None:
    client.chat("hi").read()  # finds: reportUnusedCoroutine
    for item in client.chat("hi"):  # finds: reportGeneralTypeIssues
        print(item)
    await client.conversations.create()  # finds: reportGeneralTypeIssues


def wrong_stubs(wire: Wire) -> None:
    wire.on("GET")  # finds: reportCallIssue
    wire.on("GET", "/", quary={})  # finds: reportCallIssue
    wire.on("GET", "/").reply("200")  # finds: reportArgumentType
    wire.on("GET", "/").stream([], format="xml")  # finds: reportArgumentType
    wire.on_socket("/").expekt("a")  # finds: reportAttributeAccessIssue
    wire.on("GET", "/").cut("fin")  # finds: reportArgumentType
