"""Plan a session: a pure function of protocol, participant, session and seed.

The number at the end of a participant's name (``07``, ``P07``) counts participants. Groups are filled by permuted
blocks: as many participants in a row as the quotas add up to contain every group exactly as often as its quota. Rows of
a Williams square are assigned within each group in the same way, so that groups and orders are not confounded. A name
without a number has a random position that depends on its letters; balance is then only expected on average. All other
random orders depend on the whole name.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.face.models.drawn_face import DrawnFace
from analysis.face.models.emotions import blend_strengths
from analysis.face.models.units import UNITS
from analysis.face.synthetic.drawn_course import DrawnMovement
from experiment.errors import ProtocolError
from experiment.protocol import plan
from experiment.protocol.language import schema_models as schema
from experiment.protocol.language.clip_files import Moment
from experiment.protocol.language.courses import course_in_frames
from experiment.protocol.language.durations import Duration, Span
from experiment.protocol.language.movement_names import unit_weights
from experiment.protocol.language.problems import did_you_mean
from experiment.protocol.language.protocol_texts import languages_of
from experiment.protocol.language.public_keys import read_public_key
from experiment.protocol.language.speech import speech_in
from experiment.protocol.language.texts import (
    PROGRAM_LANGUAGES,
    file_in_language,
    in_language,
    language_forms,
    program_texts,
)
from experiment.protocol.load import Protocol
from experiment.protocol.trials.block_order import OrderSeed, order_trials
from experiment.protocol.trials.exercises import condition_of, repetitions
from experiment.protocol.trials.randomisation import generator, probe_count, shuffled
from experiment.protocol.trials.right_answers import right_answer
from experiment.protocol.trials.trial_lists import Draft, drafts


@dataclass(frozen=True, slots=True)
class ClipMoments:
    """A clip, and the moments of which still pictures are needed."""

    file: Path
    apex_s: float | None
    """Time of the strongest expression, seconds; None: the frame that differs most from rest."""
    neutral: Path | float | None
    """A picture of the face at rest, its time in the clip in seconds, or None if it is not known."""
    background: str
    """Colour behind transparent pixels."""


BlendRenderer = Callable[[Sequence[DrawnFace | DrawnMovement]], Sequence[Path]]
"""Return the file of every drawn face, in order: a picture of a face that stands still, a video of a movement."""

ClipStills = Callable[[ClipMoments], tuple[Path, Path | None]]
"""Return two pictures of a clip: its strongest expression, and the face at rest if its moment is known."""


def design(  # noqa: PLR0913 (what a plan depends on, all by name)
    protocol: Protocol,
    *,
    participant: str,
    session: str | None = None,
    seed: int | None = None,
    language: str | None = None,
    assignment: plan.Assignment | None = None,
    render: BlendRenderer | None = None,
    stills: ClipStills | None = None,
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
    assignment
        How the participant came into the groups; by default by number.
    render
        Gives the files of targets that are drawn; needed if the protocol has any.
    stills
        Gives still pictures of targets that are clips; needed if the protocol has any.

    Raises
    ------
    ProtocolError
        If the protocol does not have this session, or no texts in this language.
    ValueError
        If the protocol has drawn targets and there is no ``render``, or clips and no ``stills``.
    """
    content, file = protocol.content, protocol.file.name
    if content.sessions and session is None:
        raise ProtocolError(f"{file} has the sessions {', '.join(content.sessions)}; choose one with --session")
    if content.sessions and session not in content.sessions:
        raise ProtocolError(f"{file} has no session `{session}`{did_you_mean(str(session), content.sessions)}")
    languages = languages_of(content) or {*PROGRAM_LANGUAGES, content.language}
    if language is not None and not languages & set(language_forms(language)):
        raise ProtocolError(f"{file} has no texts in `{language}`, only in {', '.join(sorted(languages))}")
    planner = _Planner(
        protocol=protocol,
        participant=participant,
        session=session,
        seed=content.seed if seed is None else seed,
        language=language or content.language,
        targets=_targets(content, render, stills),
        assignment=assignment,
    )
    return planner.session_plan()


def participant_number(participant: str) -> int | None:
    """Return the number at the end of a participant's name; None if there is none."""
    match = re.search(r"([0-9]{1,9})$", participant)
    return int(match[1]) if match else None


def group_of(content: schema.ProtocolFile, participant: str, *, seed: int) -> tuple[dict[str, str], int]:
    """Return the groups of a participant and the count of earlier members.

    Parameters
    ----------
    content
        A checked protocol.
    participant
        Name of the participant.
    seed
        Seed of all random orders.
    """
    cells = [dict(zip(content.groups, levels, strict=True)) for levels in itertools.product(*content.groups.values())]
    quotas = [math.prod(content.groups[factor][level] for factor, level in cell.items()) for cell in cells]
    number = participant_number(participant)
    if number is None:
        digest = hashlib.sha256(f"{seed}\x1f{participant}".encode()).digest()
        number = 1 + int.from_bytes(digest[:4], "big")
    cycle, position = divmod(number - 1, sum(quotas))
    numbers = [index for index, quota in enumerate(quotas) for _ in range(quota)]
    places = shuffled(numbers, generator("groups", seed, cycle))
    cell = places[position]
    return cells[cell], cycle * quotas[cell] + places[:position].count(cell)


def _targets(
    content: schema.ProtocolFile, render: BlendRenderer | None, stills: ClipStills | None
) -> dict[str, plan.Target]:
    """Return the targets of a protocol by name, with all their files."""
    drawn = _drawn_files(content, render)
    targets = {}
    for name, target in content.targets.items():
        files = drawn.get(name) or _TargetFiles(*_pictures_of(name, target, content.display.background, stills))
        assert files.image is not None, "a target without errors has a picture or is drawn"
        targets[name] = plan.Target(
            name,
            files.image,
            target.expression or name,
            files.neutral,
            dict(target.blend or {}),
            target.height,
            motion=_motion(target, files.course),
            units=target.unit_strengths or {},
            movement=_movement(name, target, content.display.refresh_rate),
            sound=target.sound if isinstance(target.sound, Path) else None,
        )
    return targets


def _motion(target: schema.TargetSection, course: Path | None) -> plan.Motion | None:
    """Return the file of a target that moves, given that of its course."""
    if course is not None:
        return plan.Motion("course", course)
    if target.clip is None:
        return None
    return plan.Motion(
        "clip",
        target.clip,
        target.sound is True,
        has_own_neutral=isinstance(target.neutral, Moment),
        apex_s=_apex_of(target),
    )


def _pictures_of(
    name: str, target: schema.TargetSection, background: str, stills: ClipStills | None
) -> tuple[Path | None, Path | None]:
    """Return the picture of a target and that of its face at rest, if known."""
    neutral = float(target.neutral.seconds) if isinstance(target.neutral, Moment) else target.neutral
    if target.clip is None:
        assert not isinstance(neutral, float), "a target without errors has a moment only in a clip"
        return target.image, neutral
    if stills is None:
        raise ValueError(f"{name}: planning a target that is a clip needs its still pictures")
    return stills(ClipMoments(target.clip, _apex_of(target), neutral, background))


def _apex_of(target: schema.TargetSection) -> float | None:
    """Return the time of a clip's apex, seconds, if the protocol names it."""
    return None if target.apex is None else float(target.apex.seconds)


@dataclass(frozen=True, slots=True)
class _TargetFiles:
    """The files of one target."""

    image: Path | None
    neutral: Path | None
    course: Path | None = None


def _drawn_files(content: schema.ProtocolFile, render: BlendRenderer | None) -> dict[str, _TargetFiles]:
    """Return the files of the targets that the program draws."""
    faces = {name: target.blend or target.unit_strengths for name, target in content.targets.items()}
    stills = {
        name: DrawnFace(face, content.targets[name].shown_poser) for name, face in faces.items() if face is not None
    }
    if not stills:
        return {}
    if render is None:
        raise ValueError(f"{', '.join(stills)}: planning a target that is drawn needs a renderer")
    rate = content.display.refresh_rate
    moving = {name: _movement(name, content.targets[name], rate) for name in stills}
    movements = {name: movement for name, movement in moving.items() if movement is not None}
    posers = list(dict.fromkeys(face.poser for face in stills.values()))
    files = render([*(DrawnFace(poser=poser) for poser in posers), *stills.values(), *movements.values()])
    neutrals, shown = dict(zip(posers, files, strict=False)), files[len(posers) :]
    courses = dict(zip(movements, shown[len(stills) :], strict=True))
    return {
        name: _TargetFiles(file, neutrals[stills[name].poser], courses.get(name))
        for name, file in zip(stills, shown, strict=False)
    }


def _movement(name: str, target: schema.TargetSection, rate_hz: float) -> DrawnMovement | None:
    """Return how a drawn target moves; None if it stands still."""
    if target.course is None:
        return None
    strengths = target.unit_strengths if target.blend is None else blend_strengths(target.blend, UNITS)
    assert strengths is not None, "a target with a course and without errors is drawn"
    apex = {unit: strength for unit, strength in strengths.items() if strength}
    return DrawnMovement(apex, course_in_frames(target.course, target=name, rate_hz=rate_hz), target.shown_poser)


@dataclass(kw_only=True)
class _Planner:
    """Plans one session."""

    protocol: Protocol
    participant: str
    session: str | None
    seed: int
    language: str
    targets: Mapping[str, plan.Target]
    assignment: plan.Assignment | None = None
    criteria: dict[str, plan.Criterion] = field(default_factory=dict)
    trial_count: int = 0

    def __post_init__(self) -> None:
        self.content = self.protocol.content
        self.groups, self.rank = self.group()
        self.texts = program_texts(self.language, self.content.texts)

    def group(self) -> tuple[dict[str, str], int]:
        """Return the groups of the participant and the number of earlier members."""
        if self.assignment is not None:
            return dict(self.assignment.groups), self.assignment.rank
        return group_of(self.content, self.participant, seed=self.seed)

    def session_plan(self) -> plan.SessionPlan:
        content, display, camera, markers = (
            self.content,
            self.content.display,
            self.content.camera,
            self.content.markers,
        )
        return plan.SessionPlan(
            task=content.name,
            title=self.text(content.title) or content.name,
            participant=self.participant,
            session=self.session,
            sessions=tuple(content.sessions or ()),
            seed=self.seed,
            language=self.language,
            display=plan.DisplaySettings(
                size_px=display.size,
                refresh_rate_hz=display.refresh_rate,
                viewing_distance_cm=display.viewing_distance_cm,
                fullscreen=display.fullscreen,
                background=display.background,
                text_colour=display.text_colour,
                text_height=display.text_height,
            ),
            camera=plan.CameraSettings(
                camera.size,
                camera.rate,
                camera.keep_frames.before,
                camera.keep_frames.after,
                encrypt_for=None if camera.encrypt_for is None else read_public_key(camera.encrypt_for),
                key_file=camera.encrypt_for,
                film=camera.film,
            ),
            cameras=tuple(content.cameras),
            pause_key=content.keys.pause,
            steps=tuple(step for block in content.blocks for step in self.steps_in_session(block)),
            targets=tuple(self.targets.values()),
            protocol_file=self.protocol.file,
            protocol_text=self.protocol.text,
            protocol_sha256=self.protocol.sha256,
            base_texts=self.protocol.base_texts,
            base_files=self.protocol.base_files,
            tables=(*self.protocol.table_files, *self.allocation_files()),
            groups=self.groups,
            assignment=self.assignment,
            gap=self.gap(),
            markers=plan.Markers(markers.stream, tuple(markers.events), markers.codes) if markers else None,
            criteria=self.criteria,
            live_metric=content.live_metric,
            composites={name: unit_weights(one) for name, one in content.composites.items()},
            texts=self.texts,
        )

    def allocation_files(self) -> tuple[Path, ...]:
        allocation = self.content.allocation
        return () if allocation is None or allocation.file is None else (allocation.file,)

    def gap(self) -> plan.Gap | None:
        """Return the days between this session and an earlier one; None if there are none."""
        section, sessions = self.content.days_between.get(self.session or ""), self.content.sessions
        if section is None or not sessions or self.session is None:
            return None
        after = section.after or sessions[sessions.index(self.session) - 1]
        return plan.Gap(after, section.earliest, section.latest)

    def set_of(self, block: schema.TrialBlock) -> str | None:
        """Return the set of trials of this session, balanced over participants."""
        sets = list(block.trials.sets or ())
        if not sets:
            return None
        sessions = block.sessions or self.content.sessions or []
        place = sessions.index(self.session) if self.session in sessions else 0
        return sets[(place + self.rank) % len(sets)]

    def takes_part(self, block: schema.Block) -> bool:
        if block.sessions is not None and self.session not in block.sessions:
            return False
        return self.is_in_group(block)

    def steps_in_session(self, block: schema.Block) -> Iterator[plan.Step]:
        """Yield the steps of a block, also of a consent of an earlier session."""
        if self.takes_part(block):
            yield from self.steps(block)
        elif isinstance(block, schema.ConsentBlock) and not block.is_about_use and self.is_of_earlier_session(block):
            yield replace(self.consent(block), when_missing=block.when_missing)

    def is_of_earlier_session(self, block: schema.Block) -> bool:
        if not self.content.sessions or self.session is None or block.sessions is None or not self.is_in_group(block):
            return False
        earlier = self.content.sessions[: self.content.sessions.index(self.session)]
        return any(name in block.sessions for name in earlier)

    def is_in_group(self, block: schema.Block) -> bool:
        return all(self.groups.get(factor) in levels for factor, levels in block.only_for.items())

    def text(self, text: Mapping[str, str] | None) -> str:
        return "" if text is None else in_language(text, self.language)

    def frames(self, duration: Duration | None) -> int | None:
        return None if duration is None else duration.frames(self.content.display.refresh_rate)

    def drawn_frames(self, span: Span, share: float) -> int:
        """Return the number of frames at a share (0 to 1) between the two ends of a span."""
        rate = self.content.display.refresh_rate
        shortest, longest = span.shortest.frames(rate), span.longest.frames(rate)
        return shortest + int(share * (longest - shortest + 1))

    def steps(self, block: schema.Block) -> Iterator[plan.Step]:
        name, key = block.name, self.content.keys.continue_
        match block:
            case schema.InstructionsBlock():
                yield from self.pages(block)
            case schema.ConsentBlock():
                yield self.consent(block)
            case schema.FormBlock():
                questions = tuple(self.question(question) for question in block.questions)
                yield plan.Form(name, name, self.text(block.title), questions)
            case schema.CalibrationBlock():
                text = self.text(block.text) or self.texts["calibration"]
                yield plan.Calibration(name, name, text, block.picture, block.frames, key)
            case schema.BreakBlock():
                yield self.rest(name, block, name)
            case schema.TrialBlock():
                yield from self.rounds(block)

    def consent(self, block: schema.ConsentBlock) -> plan.Consent:
        clauses = tuple(
            plan.Clause(
                clause.id,
                self.text(clause.text),
                clause.required and clause.about != "use_of_recording",
                recording=clause.about == "recording",
                use=clause.about == "use_of_recording",
                sha256=_clause_hash(clause, block.text),
            )
            for clause in block.clauses
        )
        return plan.Consent(block.name, block.name, self.text(block.title), self.text(block.text), clauses)

    def pages(self, block: schema.InstructionsBlock) -> Iterator[plan.Page]:
        pages: Sequence[schema.PageItem | schema.InstructionsBlock] = block.pages or [block]
        for number, page in enumerate(pages, start=1):
            yield plan.Page(
                id=block.name if len(pages) == 1 else f"{block.name}-{number}",
                block=block.name,
                title=self.text(page.title),
                text=self.text(page.text),
                picture=page.picture,
                sound=self.sound(page),
                continue_key=self.content.keys.continue_,
                duration_frames=self.frames(page.duration),
            )

    def sound(self, page: schema.PageItem | schema.InstructionsBlock) -> Path | None:
        """Return the sound of a page.

        None also for speech without a file, of which `validate` warns.
        """
        if page.say is not None:
            file = speech_in(page.say, self.language, default=self.content.language).file(self.protocol.file)
            return file if file.is_file() else None
        return None if page.sound is None else file_in_language(page.sound, self.language)

    def question(self, question: schema.QuestionItem) -> plan.Question:
        return plan.Question(
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

    def rest(self, id_: str, rest: schema.BreakBlock | schema.RestSection, block: str) -> plan.Break:
        text = self.text(rest.text) or self.texts["break"]
        return plan.Break(id_, block, text, self.frames(rest.shortest) or 0, self.content.keys.continue_)

    def rounds(self, block: schema.TrialBlock) -> Iterator[plan.Step]:
        """Yield the trials and rests of all rounds of a block."""
        repeat, rest = block.repeat_until if isinstance(block, schema.ImitationBlock) else None, block.rest
        if repeat is not None:
            self.criteria[block.name] = plan.Criterion(block.name, repeat.at_most, repeat.answered, repeat.similarity)
        for round_ in range(1, 1 + (repeat.at_most if repeat is not None else 1)):
            ordered = order_trials(
                block,
                drafts(block, self.protocol.tables, chosen_set=self.set_of(block)),
                expressions={name: target.expression for name, target in self.targets.items()},
                seed=OrderSeed(self.seed, self.participant, self.session or "", round_),
                rank=self.rank,
            )
            counts: dict[str, int] = {}
            probed = self.probed_trials(block, len(ordered))
            if isinstance(block, schema.ImitationBlock) and block.exercise is not None:
                yield from self.exercises(block, block.exercise, ordered)
                return
            for number, draft in enumerate(ordered, start=1):
                name = f"{block.name}-{draft.target}" if block.one_block_per_target else block.name
                counts[name] = counts.get(name, 0) + 1
                prefix = name if round_ == 1 else f"{name}-round{round_}"
                trial = self.trial(block, draft, name, id_=f"{prefix}-{counts[name]:03d}", round_=round_)
                if isinstance(block, schema.ViewingBlock):
                    trial = self.viewed(block, trial, is_probed=number - 1 in probed)
                yield trial
                if rest and number % rest.every == 0 and number < len(ordered):
                    yield self.rest(f"{block.name}-rest-{number // rest.every}", rest, block.name)

    def exercises(
        self, block: schema.ImitationBlock, exercise: schema.ExerciseSection, ordered: Sequence[Draft]
    ) -> Iterator[plan.Step]:
        """Yield the trials of exercises, one target after the other, and the rests."""
        counts: dict[str, int] = {}
        steps = [(draft, repetition) for draft in ordered for repetition in repetitions(exercise)]
        for number, (draft, repetition) in enumerate(steps, start=1):
            name = f"{block.name}-{draft.target}" if block.one_block_per_target else block.name
            counts[name] = counts.get(name, 0) + 1
            trial = self.trial(block, draft, name, id_=f"{name}-{counts[name]:03d}", round_=1)
            factors = condition_of(repetition)
            factors |= trial.condition
            yield replace(trial, repetition=repetition, condition=factors, tones=exercise.tones)
            is_end_of_set = repetition.number == repetition.repetitions
            if exercise.rest is not None and is_end_of_set and number < len(steps):
                text = self.texts["exercise-rest"].format(set=repetition.set, sets=repetition.sets)
                rest_id = f"{block.name}-rest-{number // repetition.repetitions}"
                yield plan.Break(rest_id, block.name, text, self.frames(exercise.rest) or 0, ends_by_itself=True)

    def trial(self, block: schema.TrialBlock, draft: Draft, name: str, *, id_: str, round_: int) -> plan.Trial:
        common, own = self.content.timing, block.timing
        hold = block.hold if isinstance(block, schema.ImitationBlock) else None
        changed = own.model_fields_set if own is not None else set()
        times = {key: getattr(own if key in changed else common, key) for key in type(common).model_fields}
        random = generator("timing", self.seed, self.participant, self.session or "", id_)
        index, self.trial_count = self.trial_count, self.trial_count + 1
        return plan.Trial(
            id=id_,
            block=name,
            kind=block.kind,
            index=index,
            target=self.targets[draft.target],
            fixation_frames=self.drawn_frames(times["fixation"], random.random()),
            target_frames=self.frames(times["target"]),
            timeout_frames=self.frames(times["timeout"]),
            inter_trial_frames=self.drawn_frames(times["inter_trial"], random.random()),
            respond_keys=self.content.keys.respond,
            condition={**dict(draft.condition), **self.groups},
            ratings=tuple(self.rating(key, self.content.ratings[key]) for key in block.ratings),
            questions=tuple(self.asked(key, draft) for key in block.questions),
            feedback=_feedback(block),
            hold=None if hold is None else self.hold(hold),
            film=block.film or self.content.camera.film,
            round=round_,
        )

    def hold(self, hold: schema.HoldSection) -> plan.Hold:
        on_key = hold.similarity is not None if hold.on_key is None else hold.on_key
        return plan.Hold(hold.similarity, self.frames(hold.time) or 0, on_key)

    def probed_trials(self, block: schema.TrialBlock, count: int) -> frozenset[int]:
        """Return which trials of a block have a probe: positions from 0."""
        if not isinstance(block, schema.ViewingBlock) or block.probe is None:
            return frozenset()
        random = generator("probes", self.seed, self.participant, self.session or "", block.name)
        return frozenset(shuffled(range(count), random)[: probe_count(block.probe.share, count)])

    def viewed(self, block: schema.ViewingBlock, trial: plan.Trial, *, is_probed: bool) -> plan.Trial:
        """Return a trial of a viewing block, without response keys."""
        probe, section = None, block.probe
        if is_probed and section is not None:
            random = generator("probe", self.seed, self.participant, self.session or "", trial.id)
            probe = plan.Probe(
                after_frames=self.drawn_frames(section.after, random.random()),
                duration_frames=self.frames(section.duration) or 1,
                window_frames=self.frames(section.window) or 1,
                at=section.at,
                size=section.size,
                colour=section.colour,
            )
        return replace(
            trial,
            timeout_frames=None,
            respond_keys=(),
            baseline_frames=self.frames(block.baseline) or 0,
            probe_key=None if section is None else section.key,
            probe=probe,
        )

    def rating(self, name: str, rating: schema.RatingSection) -> plan.Rating:
        labels = rating.labels
        if labels is None:
            texts = (self.text(rating.low), *[""] * ((rating.points or 2) - 2), self.text(rating.high))
        else:
            texts = tuple(self.text(label) for label in labels)
        return plan.Rating(name, self.text(rating.question), texts, self.frames(rating.time_limit), rating.mouse)

    def asked(self, name: str, draft: Draft) -> plan.TrialQuestion:
        """Return a question after a trial, with its right answer for this trial."""
        if name in self.content.ratings:
            return self.rating(name, self.content.ratings[name])
        section = self.content.questions[name]
        right = right_answer(section, draft, {one.name: one.expression for one in self.targets.values()})
        question, limit = self.text(section.question), self.frames(section.time_limit)
        match section.kind:
            case "choice":
                return self.choice(name, section, right)
            case "slider":
                ends = (f"{section.minimum:.12g}", f"{section.maximum:.12g}")
                return plan.SliderQuestion(
                    id=name,
                    question=question,
                    labels=ends if section.labels is None else tuple(self.text(label) for label in section.labels),
                    minimum=section.minimum,
                    maximum=section.maximum,
                    step=section.step,
                    start=section.start,
                    shows_value=section.show_value,
                    required=section.required,
                    right_answer=None if right is None else float(right),
                    tolerance=section.tolerance,
                    time_limit_frames=limit,
                    mouse=section.mouse,
                )
            case "text":
                return plan.TextQuestion(name, question, section.longest, section.required, right, limit)

    def choice(self, name: str, section: schema.TrialQuestionSection, right: str | None) -> plan.ChoiceQuestion:
        """Return a choice with its answers in the order of this participant."""
        count = len(section.choices)
        first = self.counterbalanced(section.counterbalance) % count
        choices = section.choices[first:] + section.choices[:first]
        return plan.ChoiceQuestion(
            id=name,
            question=self.text(section.question),
            labels=tuple(self.text(choice.label) for choice in choices),
            values=tuple(choice.value for choice in choices),
            keys=section.keys or tuple(str(number + 1) for number in range(count)),
            right_answer=right,
            time_limit_frames=self.frames(section.time_limit),
            mouse=section.mouse,
        )

    def counterbalanced(self, by: str | None) -> int:
        """Return by how many positions the answers of a choice are moved."""
        if by is None:
            return 0
        if by in self.groups:
            return list(self.content.groups[by]).index(self.groups[by])
        return self.rank


def _clause_hash(clause: schema.ClauseItem, information: Mapping[str, str]) -> str:
    """Return a hash of what a clause asks, with the information shown before it.

    The session's language and the layout of the file do not change it.
    """
    words = [sorted(text.items()) for text in (clause.text, information)]
    content = json.dumps([clause.id, clause.about, *words], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _feedback(block: schema.TrialBlock) -> plan.Feedback | None:
    if not isinstance(block, schema.ImitationBlock):
        return None
    if isinstance(block.feedback, schema.FeedbackSection):
        chosen = block.feedback.model_dump()
        if chosen["sound"] is None:
            chosen["sound"] = chosen["gauge"]
        return plan.Feedback(**chosen)
    return plan.Feedback() if block.feedback else None
