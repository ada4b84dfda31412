"""A protocol to one participant's plan: a pure function of protocol, participant, session and seed.

How participants come by their conditions: the number at the end of a participant's name (``07``, ``P07``) counts
participants. Groups are filled by permuted blocks: every run of as many participants as the quotas add up to holds
every group exactly as often as its quota says. Rows of a Williams square are handed out within each group in the same
way, so that groups and orders are not confounded. A name without a number is placed at random, by its letters; then
balance is only to be expected on average. All other random orders depend on the whole name.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from experiment.errors import ProtocolError
from experiment.protocol import plan
from experiment.protocol.language.durations import Duration, Span
from experiment.protocol.language.problems import did_you_mean
from experiment.protocol.language.protocol_texts import languages_of
from experiment.protocol.language.schema_models import (
    Block,
    BreakBlock,
    CalibrationBlock,
    ConsentBlock,
    FeedbackSection,
    FormBlock,
    InstructionsBlock,
    PageItem,
    ProtocolFile,
    RatingSection,
    TrialBlock,
)
from experiment.protocol.language.texts import in_language, program_texts
from experiment.protocol.load import Protocol
from experiment.protocol.trials.block_order import OrderSeed, order_trials
from experiment.protocol.trials.randomisation import generator, shuffled
from experiment.protocol.trials.trial_lists import Draft, drafts

BlendRenderer = Callable[[Sequence[Mapping[str, float]]], Sequence[Path]]
"""Return the picture file of every blend of emotion intensities, in order; an empty blend is the face at rest."""


def design(
    protocol: Protocol,
    *,
    participant: str,
    session: str | None = None,
    seed: int | None = None,
    language: str | None = None,
    render: BlendRenderer | None = None,
) -> plan.SessionPlan:
    """Return the plan of one session of one participant.

    Parameters
    ----------
    protocol
        A checked protocol.
    participant
        Name of the participant.
    session
        One of the protocol's `sessions` if it has any; else any label, or None.
    seed
        Seed of all random orders; by default the protocol's.
    language
        Language tag of the participant; by default the protocol's.
    render
        Gives the pictures of targets that are blends; needed if the protocol has any.

    Raises
    ------
    ProtocolError
        If the protocol does not have this session, or no texts in this language.
    ValueError
        If the protocol has blends and there is no ``render``.
    """
    content = protocol.content
    sessions = content.sessions
    if sessions and session not in sessions:
        if session is None:
            raise ProtocolError(
                f"{protocol.file.name} has the sessions {', '.join(sessions)}; say which with --session"
            )
        raise ProtocolError(f"{protocol.file.name} has no session `{session}`{did_you_mean(session, sessions)}")
    spoken = languages_of(content)
    if language is not None and spoken and not {language, language.partition("-")[0]} & spoken:
        raise ProtocolError(f"{protocol.file.name} has no texts in `{language}`, only in {', '.join(sorted(spoken))}")
    drawer = _Drawer(
        protocol,
        participant,
        session,
        seed=content.seed if seed is None else seed,
        language=language or content.language,
        targets=_targets(content, render),
    )
    return drawer.draw()


def participant_number(participant: str) -> int | None:
    """The number at the end of a participant's name, if it has one."""
    match = re.search(r"([0-9]{1,9})$", participant)
    return int(match[1]) if match else None


def group_of(content: ProtocolFile, participant: str, seed: int) -> tuple[dict[str, str], int]:
    """The groups of a participant, and how many participants before this one are in the same."""
    cells = [dict(zip(content.groups, levels, strict=True)) for levels in itertools.product(*content.groups.values())]
    quotas = [_product(content.groups[factor][level] for factor, level in cell.items()) for cell in cells]
    total = sum(quotas)
    cycle, position = divmod(_count(participant, seed), total)
    places = shuffled(
        [index for index, quota in enumerate(quotas) for _ in range(quota)], generator("groups", seed, cycle)
    )
    cell = places[position]
    return cells[cell], cycle * quotas[cell] + places[:position].count(cell)


class _Drawer:
    """Draws up one plan."""

    def __init__(
        self,
        protocol: Protocol,
        participant: str,
        session: str | None,
        *,
        seed: int,
        language: str,
        targets: dict[str, plan.Target],
    ) -> None:
        self.protocol = protocol
        self.content = protocol.content
        self.participant = participant
        self.session = session
        self.seed = seed
        self.language = language
        self.groups, self.rank = group_of(self.content, participant, seed)
        self.rate = self.content.display.refresh_rate
        self.texts = program_texts(language, self.content.texts)
        self.targets = targets
        self.criteria: dict[str, plan.Criterion] = {}
        self.trial_count = 0

    def draw(self) -> plan.SessionPlan:
        content = self.content
        steps = tuple(step for block in content.blocks if self.takes_part(block) for step in self.steps(block))
        markers = content.markers
        return plan.SessionPlan(
            task=content.name,
            title=self.text(content.title) or content.name,
            participant=self.participant,
            session=self.session,
            seed=self.seed,
            language=self.language,
            display=plan.DisplaySettings(
                size_px=content.display.size,
                refresh_rate_hz=content.display.refresh_rate,
                viewing_distance_cm=content.display.viewing_distance_cm,
                fullscreen=content.display.fullscreen,
                background=content.display.background,
                text_colour=content.display.text_colour,
                text_height=content.display.text_height,
            ),
            camera=plan.CameraSettings(
                size_px=content.camera.size,
                rate_hz=content.camera.rate,
                keep_before=content.camera.keep_frames.before,
                keep_after=content.camera.keep_frames.after,
            ),
            pause_key=content.keys.pause,
            steps=steps,
            targets=tuple(self.targets.values()),
            protocol_file=self.protocol.file,
            protocol_text=self.protocol.text,
            protocol_sha256=self.protocol.sha256,
            base_texts=self.protocol.base_texts,
            groups=self.groups,
            markers=plan.Markers(markers.stream, tuple(markers.events), markers.codes) if markers else None,
            criteria=self.criteria,
            texts=self.texts,
        )

    def takes_part(self, block: Block) -> bool:
        if block.sessions is not None and self.session not in block.sessions:
            return False
        return all(self.groups.get(factor) in levels for factor, levels in block.only_for.items())

    def text(self, text: Mapping[str, str] | None) -> str:
        return "" if text is None else in_language(text, self.language)

    def frames(self, duration: Duration | None) -> int | None:
        return None if duration is None else duration.frames(self.rate)

    def steps(self, block: Block) -> Iterator[plan.Step]:
        if isinstance(block, InstructionsBlock):
            yield from self.pages(block)
        elif isinstance(block, ConsentBlock):
            clauses = tuple(
                plan.Clause(clause.id, self.text(clause.text), clause.required, clause.about == "recording")
                for clause in block.clauses
            )
            yield plan.Consent(block.name, block.name, self.text(block.title), self.text(block.text), clauses)
        elif isinstance(block, FormBlock):
            yield self.form(block)
        elif isinstance(block, CalibrationBlock):
            text = self.text(block.text) or self.texts["calibration"]
            key = self.content.keys.continue_
            yield plan.Calibration(block.name, block.name, text, block.picture, block.frames, key)
        elif isinstance(block, BreakBlock):
            yield self.rest(block.name, block.name, self.text(block.text), block.shortest)
        else:
            yield from self.trials(block)

    def pages(self, block: InstructionsBlock) -> Iterator[plan.Page]:
        pages = block.pages or [
            PageItem.model_construct(
                text=block.text or {}, title=block.title, picture=block.picture, duration=block.duration
            )
        ]
        for number, page in enumerate(pages, start=1):
            yield plan.Page(
                id=block.name if len(pages) == 1 else f"{block.name}-{number}",
                block=block.name,
                title=self.text(page.title),
                text=self.text(page.text),
                picture=page.picture,
                continue_key=self.content.keys.continue_,
                duration_frames=self.frames(page.duration),
            )

    def form(self, block: FormBlock) -> plan.Form:
        questions = tuple(
            plan.Question(
                id=question.id,
                label=self.text(question.label),
                kind=question.kind,
                choices=tuple(self.text(choice.label) for choice in question.choices),
                values=tuple(choice.value for choice in question.choices),
                minimum=question.minimum,
                maximum=question.maximum,
                required=question.required,
                demographic=question.demographic,
            )
            for question in block.questions
        )
        return plan.Form(block.name, block.name, self.text(block.title), questions)

    def rest(self, id_: str, block: str, text: str, shortest: Duration | None) -> plan.Break:
        frames = self.frames(shortest) or 0
        return plan.Break(id_, block, text or self.texts["break"], frames, self.content.keys.continue_)

    def trials(self, block: TrialBlock) -> Iterator[plan.Step]:
        repeat = block.repeat_until
        if repeat is not None:
            self.criteria[block.name] = plan.Criterion(block.name, repeat.at_most, repeat.answered, repeat.similarity)
        expressions = {name: target.expression for name, target in self.targets.items()}
        for round_ in range(1, 1 + (repeat.at_most if repeat is not None else 1)):
            ordered = order_trials(
                block,
                drafts(block, self.protocol.tables),
                expressions=expressions,
                seed=OrderSeed(self.seed, self.participant, self.session or "", round_),
                rank=self.rank,
            )
            counts: dict[str, int] = {}
            for number, draft in enumerate(ordered, start=1):
                name = f"{block.name}-{draft.target}" if block.one_block_per_target else block.name
                counts[name] = counts.get(name, 0) + 1
                prefix = name if round_ == 1 else f"{name}-round{round_}"
                yield self.trial(block, draft, name, f"{prefix}-{counts[name]:03d}", round_)
                if block.rest and number % block.rest.every == 0 and number < len(ordered):
                    text = self.text(block.rest.text)
                    rest_id = f"{block.name}-rest-{number // block.rest.every}"
                    yield self.rest(rest_id, block.name, text, block.rest.shortest)

    def trial(self, block: TrialBlock, draft: Draft, name: str, id_: str, round_: int) -> plan.Trial:
        common, own = self.content.timing, block.timing
        changed = own.model_fields_set if own is not None else set()
        random = generator("timing", self.seed, self.participant, self.session or "", id_)
        times = {key: getattr(own if key in changed else common, key) for key in type(common).model_fields}
        hold = block.hold
        index, self.trial_count = self.trial_count, self.trial_count + 1
        return plan.Trial(
            id=id_,
            block=name,
            kind=block.kind,
            index=index,
            target=self.targets[draft.target],
            fixation_frames=self.drawn(times["fixation"], random.random()),
            target_frames=self.frames(times["target"]),
            timeout_frames=self.frames(times["timeout"]),
            inter_trial_frames=self.drawn(times["inter_trial"], random.random()),
            respond_keys=self.content.keys.respond,
            condition={**dict(draft.condition), **self.groups},
            ratings=tuple(self.rating(key, self.content.ratings[key]) for key in block.ratings),
            feedback=_feedback(block.feedback),
            hold=plan.Hold(hold.similarity, hold.time.frames(self.rate), hold.on_key) if hold else None,
            round=round_,
        )

    def drawn(self, span: Span, share: float) -> int:
        shortest, longest = span.shortest.frames(self.rate), span.longest.frames(self.rate)
        return shortest + int(share * (longest - shortest + 1))

    def rating(self, name: str, rating: RatingSection) -> plan.Rating:
        if rating.labels is not None:
            return plan.Rating(name, self.text(rating.question), tuple(self.text(label) for label in rating.labels))
        middle = [""] * ((rating.points or 2) - 2)
        return plan.Rating(name, self.text(rating.question), (self.text(rating.low), *middle, self.text(rating.high)))


def _targets(content: ProtocolFile, render: BlendRenderer | None) -> dict[str, plan.Target]:
    """Return the targets of a protocol by name, those that are blends with their rendered pictures."""
    files = {name: (target.image, target.neutral) for name, target in content.targets.items()}
    blends = {name: target.blend for name, target in content.targets.items() if target.blend is not None}
    if blends:
        if render is None:
            raise ValueError(f"{', '.join(blends)}: planning a target that is a blend needs a renderer")
        neutral, *images = render([{}, *blends.values()])
        files |= {name: (image, neutral) for name, image in zip(blends, images, strict=True)}
    targets = {}
    for name, target in content.targets.items():
        picture, at_rest = files[name]
        assert picture is not None, "a target without errors has a picture or a blend"
        expression, blend = target.expression or name, dict(target.blend or {})
        targets[name] = plan.Target(name, picture, expression, at_rest, blend, target.height)
    return targets


def _feedback(feedback: bool | FeedbackSection) -> plan.Feedback | None:
    if isinstance(feedback, FeedbackSection):
        return plan.Feedback(**feedback.model_dump())
    return plan.Feedback() if feedback else None


def _count(participant: str, seed: int) -> int:
    number = participant_number(participant)
    if number is not None:
        return number - 1
    return int.from_bytes(hashlib.sha256(f"{seed}\x1f{participant}".encode()).digest()[:4], "big")


def _product(factors: Iterator[int]) -> int:
    result = 1
    for factor in factors:
        result *= factor
    return result
