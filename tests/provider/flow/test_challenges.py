"""Challenges: answered where that is switched on, else an error."""

from dataclasses import replace

import pytest

from provider.challenges import ChallengeAsked
from provider.effects import (
    AnswerChallenge,
    SendText,
)
from provider.errors import (
    ChallengeRequiredError,
)
from provider.items import (
    FinishReason,
)
from tests.support.clients.copilot_dialogue import (
    BEFORE,
    DONE,
    HELLO,
    SILENT_END,
    asks,
    run,
    says,
    service,
)


def answering():
    return replace(service(), answers_challenges=True)


HASHCASH = '{"event":"challenge","method":"hashcash","parameter":"9f3c:4","id":"0.0001"}'


def proof(token="11"):
    said = f'{{"event":"challengeResponse","token":"{token}","method":"hashcash","id":"0.0001"}}'
    return (SendText(said), None)


def test_answered_challenge_is_followed_by_the_same_message():
    solved = (AnswerChallenge(ChallengeAsked("hashcash", "9f3c:4")), "11")
    dialogue = [*BEFORE, *says(HASHCASH), solved, proof(), asks(), *HELLO, *DONE, *SILENT_END]
    assert run(dialogue, where=answering()) == ["Hel", FinishReason("stop")]


def test_challenge_that_nobody_answers_is_an_error():
    with pytest.raises(ChallengeRequiredError) as caught:
        run(
            [*BEFORE, *says(HASHCASH), (AnswerChallenge(ChallengeAsked("hashcash", "9f3c:4")), None)], where=answering()
        )
    assert caught.value.method == "hashcash"


def test_challenges_without_end_are_an_error():
    round_trip = [*says(HASHCASH), (lambda effect: isinstance(effect, AnswerChallenge), "11"), proof(), asks()]
    with pytest.raises(ChallengeRequiredError):
        run([*BEFORE, *round_trip * 3, *says(HASHCASH)], where=answering())


def test_challenge_is_an_error_at_once_where_it_is_not_switched_on():
    with pytest.raises(ChallengeRequiredError, match="answer_challenges=True"):
        run([*BEFORE, *says(HASHCASH)])
