"""The handlers of scenario steps: one table from steps to the events that carry them out."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fake_server.scenarios import steps
from fake_server.service.answer import Answer, Outputs
from fake_server.service.challenges import make_challenge
from fake_server.service.deterministic import image_id
from fake_server.service.images import draw_jpeg
from fake_server.service.output import Close, End, GoSilent, Pause, SendEvent, SendNamed, SendRaw
from provider.wire import events

_THUMBNAIL: Final = "?w=270&qlt=90"


def _acknowledge(answer: Answer, _: steps.Acknowledge) -> Outputs:
    yield from answer.acknowledge()


def _start(answer: Answer, _: steps.Start) -> Outputs:
    yield from answer.start()


def _say(answer: Answer, step: steps.Say) -> Outputs:
    yield from answer.start()
    part_id = answer.text_part()
    answer.record.append(part_id, step.text)
    yield SendEvent(events.AppendText(message_id=answer.message_id, part_id=part_id, text=step.text), step.fragments)
    yield from answer.pace()


def _replace(answer: Answer, step: steps.Replace) -> Outputs:
    yield from answer.start()
    part_id = answer.text_part()
    answer.record.replace(part_id, step.text)
    yield SendEvent(events.ReplaceText(message_id=answer.message_id, part_id=part_id, text=step.text))
    yield from answer.pace()


def _next_part(answer: Answer, _: steps.NextPart) -> Outputs:
    yield from answer.start()
    yield from answer.complete_parts()


def _think(answer: Answer, step: steps.Think) -> Outputs:
    if answer.context.service.generation.chain_of_thought:
        yield from answer.start()
        part_id = answer.new_part()
        yield SendEvent(events.ChainOfThought(message_id=answer.message_id, part_id=part_id, text=step.text))
    yield from answer.pace()


def _cite(answer: Answer, step: steps.Cite) -> Outputs:
    yield from answer.start()
    part_id = answer.new_part()
    host = step.url.partition("://")[2].partition("/")[0]
    # §4.4: sources saw the publisher in histories only.
    answer.record.cite(part_id, step.title, step.url, step.publisher or host)
    yield SendEvent(
        events.Citation(
            message_id=answer.message_id,
            part_id=part_id,
            title=step.title,
            url=step.url,
            icon_url=f"https://{host}/favicon.ico",
        )
    )


def _draw(answer: Answer, step: steps.Draw) -> Outputs:
    yield from answer.start()
    context = answer.context
    message_id, part_id = answer.message_id, answer.new_part(completes=step.ends == "finished")
    progression = context.service.dialect.progression
    generating = events.GeneratingImage(
        message_id=message_id, part_id=part_id, prompt=step.prompt, progression_text=progression
    )
    yield SendEvent(generating)
    yield from answer.pace()
    picture = image_id(context.service.config.seed, context.ids)
    for number in range(step.previews if context.service.generation.partial_images else 0):
        content = base64.b64encode(draw_jpeg(f"{picture}/{number}", step.preview_kib * 1024)).decode()
        yield SendEvent(events.PartialImageGenerated(message_id=message_id, part_id=part_id, content=content))
        yield from answer.pace()
    if step.ends == "failed":
        yield SendNamed("imageGenerationFailed", {"messageId": message_id, "partId": part_id})
    if step.ends != "finished":
        return
    if step.content is not None:
        context.service.store.keep_picture(picture, step.content)
    url = f"{context.origin}/th/id/BCO.{picture}.png"
    answer.record.draw(part_id, url)
    drawn = events.ImageGenerated(message_id=message_id, part_id=part_id, url=url, thumbnail_url=url + _THUMBNAIL)
    yield SendEvent(drawn, nulls=("nextAvailableAt",))
    yield from answer.pace()


def _suggest(answer: Answer, step: steps.Suggest) -> Outputs:
    answer.suggestions = step.suggestions
    answer.suggests = bool(step.suggestions) or step.even_if_empty
    if step.early:
        yield from answer.start()
        yield SendEvent(answer.suggested())
        answer.suggests = False


def _set_title(answer: Answer, step: steps.Title) -> Outputs:
    answer.title = step.title
    yield from ()


def _ping(_: Answer, __: steps.Ping) -> Outputs:
    yield SendEvent(events.PingEvent())


def _challenge(answer: Answer, step: steps.Challenge) -> Outputs:
    yield make_challenge(step.method, answer.context.ids, answer.context.service.dialect)


def _fail(_: Answer, step: steps.Fail) -> Outputs:
    yield SendEvent(events.ErrorEvent(error_code=step.code, message=step.message))


def _throttle(answer: Answer, step: steps.Throttle) -> Outputs:
    again = answer.context.conversation.later(step.seconds)
    detail = events.ErrorDetail(type="throttled", next_available_at=again)
    yield SendEvent(events.ChatMessageError(error_code="throttled", error_detail=detail))


def _expire_token(answer: Answer, _: steps.ExpireToken) -> Outputs:
    answer.context.service.expiry.expire_all(answer.context.caller)
    yield from ()


def _refuse_next(answer: Answer, step: steps.RefuseNext) -> Outputs:
    answer.context.service.refuse_next(step.at, step.how, answer.context.caller)
    yield from ()


def _wait(_: Answer, step: steps.Wait) -> Outputs:
    yield Pause(step.seconds)


def _go_silent(_: Answer, __: steps.Silence) -> Outputs:
    yield GoSilent()


def _cut(_: Answer, step: steps.Cut) -> Outputs:
    yield End(step.how)


def _close(_: Answer, step: steps.CloseWith) -> Outputs:
    yield Close(step.code, step.reason)


def _raw(_: Answer, step: steps.Raw) -> Outputs:
    yield SendRaw(step.text)


def _emit(answer: Answer, step: steps.Emit) -> Outputs:
    yield from answer.start()
    yield SendNamed(step.name, {"messageId": answer.message_id, **step.fields})


STEP_HANDLERS: Final[Mapping[type, Callable[[Answer, Any], Outputs]]] = MappingProxyType(
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
        steps.Title: _set_title,
        steps.Ping: _ping,
        steps.Challenge: _challenge,
        steps.Fail: _fail,
        steps.Throttle: _throttle,
        steps.ExpireToken: _expire_token,
        steps.RefuseNext: _refuse_next,
        steps.Wait: _wait,
        steps.Silence: _go_silent,
        steps.Cut: _cut,
        steps.CloseWith: _close,
        steps.Raw: _raw,
        steps.Emit: _emit,
    }
)
"""A handler for every step; a test compares the keys with `fake_server.scenarios.Step`."""
LAST_STEPS: Final = (steps.Fail, steps.Throttle, steps.Cut, steps.CloseWith, steps.Silence)
"""Steps that end the scenario: the turn has failed, or stays unfinished."""
