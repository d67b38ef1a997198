"""What each step of a scenario does: one table from steps to the events of a generation."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fake_server.scenarios import steps
from fake_server.service.answer import Answer, Wishes
from fake_server.service.challenges import ask
from fake_server.service.deterministic import image_id
from fake_server.service.images import draw_jpeg
from fake_server.service.output import Close, End, FallSilent, Pause, Tell, TellNamed, TellRaw
from provider.wire import events

_THUMBNAIL: Final = "?w=270&qlt=90"


def _acknowledge(answer: Answer, _: steps.Acknowledge) -> Wishes:
    yield from answer.acknowledge()


def _start(answer: Answer, _: steps.Start) -> Wishes:
    yield from answer.start()


def _say(answer: Answer, step: steps.Say) -> Wishes:
    yield from answer.start()
    part_id = answer.text_part()
    answer.record.append(part_id, step.text)
    yield Tell(events.AppendText(message_id=answer.message_id, part_id=part_id, text=step.text), step.fragments)
    yield from answer.pace()


def _replace(answer: Answer, step: steps.Replace) -> Wishes:
    yield from answer.start()
    part_id = answer.text_part()
    answer.record.replace(part_id, step.text)
    yield Tell(events.ReplaceText(message_id=answer.message_id, part_id=part_id, text=step.text))
    yield from answer.pace()


def _next_part(answer: Answer, _: steps.NextPart) -> Wishes:
    yield from answer.start()
    yield from answer.complete_parts()


def _think(answer: Answer, step: steps.Think) -> Wishes:
    if answer.setting.service.generation.chain_of_thought:
        yield from answer.start()
        part_id = answer.new_part()
        yield Tell(events.ChainOfThought(message_id=answer.message_id, part_id=part_id, text=step.text))
    yield from answer.pace()


def _cite(answer: Answer, step: steps.Cite) -> Wishes:
    yield from answer.start()
    part_id = answer.new_part()
    host = step.url.partition("://")[2].partition("/")[0]
    # §4.4: the publisher was seen in histories only.
    answer.record.cite(part_id, step.title, step.url, step.publisher or host)
    yield Tell(
        events.Citation(
            message_id=answer.message_id,
            part_id=part_id,
            title=step.title,
            url=step.url,
            icon_url=f"https://{host}/favicon.ico",
        )
    )


def _draw(answer: Answer, step: steps.Draw) -> Wishes:
    yield from answer.start()
    setting = answer.setting
    message_id, part_id = answer.message_id, answer.new_part(completes=step.ends == "finished")
    progression = setting.service.dialect.progression
    generating = events.GeneratingImage(
        message_id=message_id, part_id=part_id, prompt=step.prompt, progression_text=progression
    )
    yield Tell(generating)
    yield from answer.pace()
    picture = image_id(setting.service.config.seed, setting.names)
    for number in range(step.previews if setting.service.generation.partial_images else 0):
        content = base64.b64encode(draw_jpeg(f"{picture}/{number}", step.preview_kib * 1024)).decode()
        yield Tell(events.PartialImageGenerated(message_id=message_id, part_id=part_id, content=content))
        yield from answer.pace()
    if step.ends == "failed":
        yield TellNamed("imageGenerationFailed", {"messageId": message_id, "partId": part_id})
    if step.ends != "finished":
        return
    if step.content is not None:
        setting.service.memory.keep_picture(picture, step.content)
    url = f"{setting.origin}/th/id/BCO.{picture}.png"
    answer.record.draw(part_id, url)
    drawn = events.ImageGenerated(message_id=message_id, part_id=part_id, url=url, thumbnail_url=url + _THUMBNAIL)
    yield Tell(drawn, nulls=("nextAvailableAt",))
    yield from answer.pace()


def _suggest(answer: Answer, step: steps.Suggest) -> Wishes:
    answer.suggestions = step.suggestions
    answer.suggests = bool(step.suggestions) or step.even_if_empty
    if step.early:
        yield from answer.start()
        yield Tell(answer.suggested())
        answer.suggests = False


def _entitle(answer: Answer, step: steps.Title) -> Wishes:
    answer.title = step.title
    yield from ()


def _ping(_: Answer, __: steps.Ping) -> Wishes:
    yield Tell(events.PingEvent())


def _challenge(answer: Answer, step: steps.Challenge) -> Wishes:
    yield ask(step.method, answer.setting.names, answer.setting.service.dialect)


def _fail(_: Answer, step: steps.Fail) -> Wishes:
    yield Tell(events.ErrorEvent(error_code=step.code, message=step.message))


def _throttle(answer: Answer, step: steps.Throttle) -> Wishes:
    again = answer.setting.conversation.later(step.seconds)
    detail = events.ErrorDetail(type="throttled", next_available_at=again)
    yield Tell(events.ChatMessageError(error_code="throttled", error_detail=detail))


def _expire_token(answer: Answer, _: steps.ExpireToken) -> Wishes:
    answer.setting.service.expiry.end_all(answer.setting.caller)
    yield from ()


def _refuse_next(answer: Answer, step: steps.RefuseNext) -> Wishes:
    answer.setting.service.refuse_next(step.at, step.how, answer.setting.caller)
    yield from ()


def _wait(_: Answer, step: steps.Wait) -> Wishes:
    yield Pause(step.seconds)


def _silence(_: Answer, __: steps.Silence) -> Wishes:
    yield FallSilent()


def _cut(_: Answer, step: steps.Cut) -> Wishes:
    yield End(step.how)


def _close(_: Answer, step: steps.CloseWith) -> Wishes:
    yield Close(step.code, step.reason)


def _raw(_: Answer, step: steps.Raw) -> Wishes:
    yield TellRaw(step.text)


def _emit(answer: Answer, step: steps.Emit) -> Wishes:
    yield from answer.start()
    yield TellNamed(step.name, {"messageId": answer.message_id, **step.fields})


PERFORMERS: Final[Mapping[type, Callable[[Answer, Any], Wishes]]] = MappingProxyType(
    {
        steps.Acknowledge: _acknowledge,
        steps.Start: _start,
        steps.Say: _say,
        steps.Replace: _replace,
        steps.NextPart: _next_part,
        steps.Think: _think,
        steps.Cite: _cite,
        steps.Draw: _draw,
        steps.Suggest: _suggest,
        steps.Title: _entitle,
        steps.Ping: _ping,
        steps.Challenge: _challenge,
        steps.Fail: _fail,
        steps.Throttle: _throttle,
        steps.ExpireToken: _expire_token,
        steps.RefuseNext: _refuse_next,
        steps.Wait: _wait,
        steps.Silence: _silence,
        steps.Cut: _cut,
        steps.CloseWith: _close,
        steps.Raw: _raw,
        steps.Emit: _emit,
    }
)
"""Every step that there is; a test compares it with `fake_server.scenarios.Step`."""
LAST_STEPS: Final = (steps.Fail, steps.Throttle, steps.Cut, steps.CloseWith, steps.Silence)
"""Steps behind which nothing is played: the turn has failed, or is left as it is."""
