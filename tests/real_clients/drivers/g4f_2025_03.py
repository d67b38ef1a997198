"""g4f 0.5.0.4: its sync Copilot provider, anonymous or by CopilotAccount with a HAR."""

from answers import main, question, write_har


def turns(asked, told):
    from g4f.Provider import Copilot
    from g4f.Provider.needs_auth import CopilotAccount

    provider = CopilotAccount if asked["token"] else Copilot
    if asked["token"]:
        write_har(asked)
    for prompt in asked["prompts"]:
        with told.turn() as turn:
            messages, more = question(asked, told, prompt)
            for item in provider.create_completion(
                asked["model"], messages, stream=True, return_conversation=True, timeout=20, **more
            ):
                turn.take(item)


main(turns)
