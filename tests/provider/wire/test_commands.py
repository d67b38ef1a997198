"""What a client sends, as literal JSON."""

import pytest

from provider.wire import commands
from provider.wire.commands import UnknownCommand, decode_command, encode_command
from provider.wire.errors import MalformedEventError
from provider.wire.generations import GENERATIONS


def test_send_of_march_2025_is_sent_to_the_letter():
    send = commands.Send(
        conversation_id="dRUX",
        content=(commands.ImagePart(url="https://x/1.png"), commands.TextPart(text="hi")),
        mode="chat",
    )
    assert encode_command(send) == (
        '{"event":"send","conversationId":"dRUX","content":[{"type":"image","url":"https://x/1.png"},'
        '{"type":"text","text":"hi"}],"mode":"chat"}'
    )


def test_send_of_2026_carries_an_empty_context():
    send = commands.Send(
        conversation_id="c",
        content=(commands.DocumentPart(attachment_id="d1"), commands.TextPart(text="hi")),
        mode="smart",
        context=commands.Context(),
    )
    assert encode_command(send) == (
        '{"event":"send","conversationId":"c","content":[{"type":"document","attachmentId":"d1"},'
        '{"type":"text","text":"hi"}],"mode":"smart","context":{}}'
    )


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (commands.ReportLocalConsents(), '{"event":"reportLocalConsents","grantedConsents":[]}'),
        (
            commands.ChallengeResponse(token="11", method="hashcash", id="0.0001"),
            '{"event":"challengeResponse","token":"11","method":"hashcash","id":"0.0001"}',
        ),
        (commands.Stop(conversation_id="c"), '{"event":"stop","conversationId":"c"}'),
        (commands.PingCommand(), '{"event":"ping"}'),
        (commands.PongCommand(id="7"), '{"event":"pong","id":"7"}'),
    ],
)
def test_command_is_encoded_and_read_back(command, text):
    assert encode_command(command) == text
    assert decode_command(text) == command


@pytest.mark.parametrize("name", GENERATIONS)
def test_each_generation_begins_with_options_a_server_reads(name):
    assert isinstance(decode_command(GENERATIONS[name].set_options), commands.SetOptions)


def test_command_without_a_struct_is_passed_on():
    raw = '{"event":"messagePreview","content":[]}'
    assert decode_command(raw) == UnknownCommand("messagePreview", raw)


def test_wrong_shape_is_malformed():
    with pytest.raises(MalformedEventError, match=r"\$\.content\[0\]"):
        decode_command('{"event":"send","conversationId":"c","content":[{"type":"poem"}]}')
