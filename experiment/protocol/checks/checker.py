"""What takes two places of a protocol to see: names that refer to nothing, times that fit no frame, impossible orders.

Errors make a study impossible or ambiguous; warnings name what is legal but is seldom meant.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from experiment.protocol.language import stimulus_files
from experiment.protocol.language.document import Path_, Scalar, Section
from experiment.protocol.language.durations import Duration, Span
from experiment.protocol.language.marker_events import MARKER_EVENTS
from experiment.protocol.language.problems import Place, Severity, did_you_mean
from experiment.protocol.language.schema import (
    BreakBlock,
    CalibrationBlock,
    ConsentBlock,
    FormBlock,
    InstructionsBlock,
    ProtocolFile,
    QuestionItem,
    TimingChange,
    TimingSection,
    TrialBlock,
    texts_of,
)
from experiment.protocol.language.texts import (
    ANY_LANGUAGE,
    FALLBACK,
    OBSOLETE_TEXTS,
    PROGRAM_LANGUAGES,
    SHORT_TEXTS,
    TEXT_NAMES,
    TRAINING_LANGUAGES,
    program_text,
    text_gaps,
)
from experiment.protocol.trials.block_order import order_trials
from experiment.protocol.trials.randomisation import OrderImpossibleError
from experiment.protocol.trials.trial_lists import (
    MOST_TRIALS,
    Draft,
    TableError,
    Tables,
    combinations,
    drafts,
    template_fields,
)

FEW_CALIBRATION_FRAMES = 5
MANY_WILLIAMS_TRIALS = 24
LONG_TEXT = 1100


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a path of the protocol, or at a place of another file."""

    path: Path_
    message: str
    severity: Severity = "error"
    key: bool = False
    """The key is meant rather than its value."""
    place: Place | None = None
    line_text: str = ""


def find_problems(content: ProtocolFile, *, known: Section, tables: Tables, complete: bool = True) -> Iterator[Finding]:
    """Everything wrong or unwise in a protocol whose single values are right.

    Parameters
    ----------
    known
        The tree as written: names in parts that were set aside for other errors are known all the same.
    tables
        Keeps the conditions tables that are read.
    complete
        Nothing was set aside; only then can something be said to be missing.
    """
    checker = _Checker(content, known, tables, complete)
    yield from checker.display_and_keys()
    yield from checker.times()
    yield from checker.targets()
    yield from checker.ratings()
    yield from checker.markers()
    yield from checker.sessions_and_groups()
    yield from checker.languages()
    yield from checker.short_texts()
    yield from checker.block_names()
    for index, block in enumerate(content.blocks):
        path: Path_ = ("blocks", index)
        yield from checker.membership(block, path)
        if isinstance(block, TrialBlock):
            yield from checker.trials(block, path)
        elif isinstance(block, InstructionsBlock):
            yield from checker.instructions(block, path)
        elif isinstance(block, FormBlock):
            yield from checker.form(block, path)
        elif isinstance(block, ConsentBlock):
            yield from checker.consent(block, path)
        elif isinstance(block, CalibrationBlock) and block.frames < FEW_CALIBRATION_FRAMES:
            message = f"{block.frames} frames give an unsteady baseline; take {FEW_CALIBRATION_FRAMES} or more"
            yield Finding((*path, "frames"), message, "warning")
    yield from checker.sequence()
    yield from checker.unused()


ANSWER_KEYS = ("yes-key", "no-key")
_LETTER = re.compile(r"[A-Za-z]")


class _Checker:
    def __init__(self, content: ProtocolFile, known: Section, tables: Tables, complete: bool) -> None:
        self.content = content
        self.tables = tables
        self.target_names = _names(known, "targets")
        self.rating_names = _names(known, "ratings")
        self.used_targets: set[str] = set()
        self.used_ratings: set[str] = set()
        self.drafts: dict[str, list[Draft]] = {}
        """The trials of the blocks that have any without an error."""
        self.complete = complete
        written = known.entries.get("language")
        self.language_is_known = not isinstance(written, Scalar) or written.value == content.language
        """Not where the language was set aside: what came in its place says nothing about the texts."""

    def display_and_keys(self) -> Iterator[Finding]:
        keys, camera = self.content.keys, self.content.camera
        for key in keys.respond:
            if key == keys.pause:
                yield Finding(("keys", "pause"), f"`{key}` cannot both respond and pause; choose another key")
        if keys.continue_ == keys.pause:
            yield Finding(("keys", "pause"), f"`{keys.pause}` cannot both continue and pause; choose another key")
        if keys.pause in "123456789" and self.content.ratings:
            yield Finding(("keys", "pause"), f"`{keys.pause}` answers the rating scales; choose another key to pause")
        kept = camera.keep_frames.before / camera.rate
        if kept > 5:
            message = f"this keeps {kept:.0f} s of pictures before every key press; 15 frames are plenty"
            yield Finding(("camera", "keep_frames", "before"), message, "warning")
        if camera.rate < 15:
            message = f"at {camera.rate:g} pictures a second the kept frame can be {500 / camera.rate:.0f} ms away"
            yield Finding(("camera", "rate"), message + " from the key press", "warning")
        display = self.content.display
        if display.background == display.text_colour:
            yield Finding(("display", "text_colour"), "texts have the colour of the background and cannot be seen")

    # ------------------------------------------------------------------ times

    def times(self) -> Iterator[Finding]:
        rate = self.content.display.refresh_rate
        yield from self.timing(("timing",), self.content.timing, set(type(self.content.timing).model_fields))
        for index, block in enumerate(self.content.blocks):
            path: Path_ = ("blocks", index)
            if isinstance(block, TrialBlock):
                if block.timing is not None:
                    yield from self.timing((*path, "timing"), block.timing, block.timing.model_fields_set)
                if block.rest is not None:
                    yield from self.length(block.rest.shortest, (*path, "rest", "shortest"))
                if block.hold is not None:
                    yield from self.length(block.hold.time, (*path, "hold", "time"), least=1)
            elif isinstance(block, BreakBlock):
                yield from self.length(block.shortest, (*path, "shortest"))
                if block.shortest and block.shortest.seconds(rate) > 1800:
                    message = "the participant cannot go on for more than half an hour; is the unit right?"
                    yield Finding((*path, "shortest"), message, "warning")
            elif isinstance(block, InstructionsBlock):
                yield from self.length(block.duration, (*path, "duration"), least=1)
                for number, page in enumerate(block.pages or ()):
                    yield from self.length(page.duration, (*path, "pages", number, "duration"), least=1)

    def length(self, duration: Duration | None, path: Path_, *, least: int = 0) -> Iterator[Finding]:
        if duration is None:
            return
        try:
            frames = duration.frames(self.content.display.refresh_rate)
        except ValueError as error:
            yield Finding(path, f"`{path[-1]}`: {error}")
            return
        if frames < least:
            yield Finding(path, f"`{path[-1]}` must be at least {least} frame, not {duration}")

    def timing(self, path: Path_, timing: TimingSection | TimingChange, given: set[str]) -> Iterator[Finding]:
        rate = self.content.display.refresh_rate
        common = self.content.timing
        for name in ("fixation", "inter_trial"):
            span = getattr(timing, name)
            if isinstance(span, Span) and name in given:
                found = list(self.length(span.shortest, (*path, name, "from")))
                if span.longest != span.shortest:
                    found += self.length(span.longest, (*path, name, "to"))
                    if span.longest.seconds(rate) < span.shortest.seconds(rate):
                        yield Finding((*path, name), f"`{name}`: `from` must be the shorter of the two times")
                for finding in found:
                    fixed = span.longest == span.shortest
                    yield Finding(
                        finding.path, finding.message.replace("`from`", f"`{name}`") if fixed else finding.message
                    )
                if not found and span.longest.seconds(rate) > 60:
                    message = f"`{name}` of {span.longest} is longer than a minute; is the unit right?"
                    yield Finding((*path, name), message, "warning")
        for name in ("target", "timeout"):
            if name in given:
                yield from self.length(getattr(timing, name), (*path, name), least=1)
        target = timing.target if "target" in given else common.target
        timeout = timing.timeout if "timeout" in given else common.timeout
        if not {"target", "timeout"} & given:
            return
        where = "timeout" if "timeout" in given else "target"
        if target is not None and timeout is not None and target.seconds(rate) > timeout.seconds(rate):
            message = f"the target is shown for {target}, longer than a response is waited for ({timeout})"
            yield Finding((*path, where), message)
        if timeout is not None and "timeout" in given and 0 < timeout.seconds(rate) < 1:
            message = f"`timeout` of {timeout} is shorter than a facial expression takes (about 1 s)"
            yield Finding((*path, "timeout"), message, "warning")
        if timeout is None and "timeout" in given:
            message = "without a time-out a participant who does nothing holds up the session for ever"
            yield Finding((*path, "timeout"), message, "warning")

    # ---------------------------------------------------------------- targets

    def targets(self) -> Iterator[Finding]:
        height = self.content.display.size[1]
        for name, target in self.content.targets.items():
            path: Path_ = ("targets", name)
            if target.image is None and target.blend is None:
                yield Finding(path, f"target `{name}` needs `image`, a picture file (or `blend`)", key=True)
            elif target.image is not None and target.blend is not None:
                yield Finding((*path, "blend"), f"target `{name}` has both `image` and `blend`; keep one", key=True)
            elif target.blend is not None:
                if not any(target.blend.values()):
                    yield Finding((*path, "blend"), "all intensities are 0: this face shows nothing to imitate")
                if target.neutral is not None:
                    message = "`neutral` is rendered with the blend by itself; leave it out"
                    yield Finding((*path, "neutral"), message, key=True)
            elif target.image is not None:
                shown = target.height * height
                if stimulus_files.picture_size(target.image)[1] < shown / 2:
                    message = f"`{target.image.name}` is shown at {shown:.0f} pixels height, more than twice its own"
                    yield Finding((*path, "image"), message, "warning")
                if target.neutral is None:
                    message = (
                        f"target `{name}` has no `neutral`: its own movement cannot be told from how the face looks"
                    )
                    yield Finding(path, message, "warning", key=True)

    def unused(self) -> Iterator[Finding]:
        if not self.complete:
            return
        for name in self.content.targets:
            if name not in self.used_targets:
                yield Finding(("targets", name), f"target `{name}` is in no trial", "warning", key=True)
        for name in self.content.ratings:
            if name not in self.used_ratings:
                yield Finding(("ratings", name), f"rating `{name}` is in no block", "warning", key=True)

    # ------------------------------------------------------ ratings, markers

    def ratings(self) -> Iterator[Finding]:
        for name, rating in self.content.ratings.items():
            path: Path_ = ("ratings", name)
            if (rating.labels is None) == (rating.points is None):
                yield Finding(path, f"rating `{name}` needs either `labels` or `points`", key=True)
            elif rating.points is not None and (rating.low is None or rating.high is None):
                missing = "low" if rating.low is None else "high"
                yield Finding(
                    path, f"rating `{name}` needs `{missing}`: with `points`, both ends have a label", key=True
                )
            elif rating.labels is not None and (rating.low is not None or rating.high is not None):
                extra = "low" if rating.low is not None else "high"
                yield Finding(
                    (*path, extra), f"`{extra}` goes with `points`; with `labels`, every point has its own", key=True
                )

    def markers(self) -> Iterator[Finding]:
        markers = self.content.markers
        if markers is None:
            return
        path: Path_ = ("markers", "codes")
        for event, _ in markers.codes.items():
            name, _, target = event.partition("/")
            if name not in MARKER_EVENTS:
                yield Finding(
                    (*path, event), f"there is no event `{name}`{did_you_mean(name, MARKER_EVENTS)}", key=True
                )
            elif target and self.target_names and target not in self.target_names:
                message = f"there is no target `{target}`{did_you_mean(target, self.target_names)}"
                yield Finding((*path, event), message, key=True)
            elif name not in markers.events:
                message = f"`{name}` is not among the `events` that are sent; its code is never used"
                yield Finding((*path, event), message, "warning", key=True)
        counts = Counter(markers.codes.values())
        for event, code in markers.codes.items():
            if counts[code] > 1:
                yield Finding((*path, event), f"code {code} stands for more than one event", "warning")

    # ------------------------------------------------ sessions, groups, names

    def sessions_and_groups(self) -> Iterator[Finding]:
        sessions = self.content.sessions or []
        for index, name in enumerate(sessions):
            if name in sessions[:index]:
                yield Finding(("sessions", index), f"session `{name}` is here twice")
        for factor, levels in self.content.groups.items():
            if len(levels) < 2:
                message = f"`{factor}` has one level only: every participant would be in the same group"
                yield Finding(("groups", factor), message)

    def membership(self, block: object, path: Path_) -> Iterator[Finding]:
        sessions, groups = self.content.sessions or [], self.content.groups
        for index, name in enumerate(getattr(block, "sessions", None) or []):
            if name not in sessions:
                hint = did_you_mean(name, sessions) if sessions else "; list it in `sessions:` at the top of the file"
                yield Finding((*path, "sessions", index), f"there is no session `{name}`{hint}")
        for factor, levels in getattr(block, "only_for", {}).items():
            if factor not in groups:
                hint = did_you_mean(factor, list(groups)) if groups else "; define it in `groups:`"
                yield Finding((*path, "only_for", factor), f"there is no group factor `{factor}`{hint}", key=True)
                continue
            for level in levels:
                if level not in groups[factor]:
                    hint = did_you_mean(level, list(groups[factor]))
                    yield Finding((*path, "only_for", factor), f"`{factor}` has no group `{level}`{hint}")

    def block_names(self) -> Iterator[Finding]:
        seen: dict[str, int] = {}
        for index, block in enumerate(self.content.blocks):
            if block.name in seen:
                message = f"two blocks are named `{block.name}` (block {seen[block.name] + 1} and {index + 1})"
                yield Finding(("blocks", index, "name"), message + "; their data could not be told apart")
            seen.setdefault(block.name, index)
        for index, block in enumerate(self.content.blocks):
            if isinstance(block, TrialBlock) and block.one_block_per_target:
                for name in self.target_names:
                    if f"{block.name}-{name}" in seen:
                        message = (
                            f"this block is split into `{block.name}-{name}` and others, but one has that name already"
                        )
                        yield Finding(("blocks", index, "name"), message)

    # -------------------------------------------------------------- languages

    def languages(self) -> Iterator[Finding]:
        if not self.language_is_known:
            return
        language = self.content.language
        texts = list(texts_of(self.content, ()))
        everywhere = {code for _, text in texts for code in text} - {ANY_LANGUAGE}
        several = len(everywhere) > 1
        for path, text in texts:
            base = language.partition("-")[0]
            if ANY_LANGUAGE in text:
                continue
            if language not in text and base not in text:
                message = (
                    f"there is no text in `{language}`, the language of the participants, only in {', '.join(text)}"
                )
                yield Finding(path, message)
            elif several and (missing := sorted(everywhere - set(text))):
                yield Finding(path, f"other texts are there in {', '.join(missing)} too; this one is not", "warning")
        own = self.content.texts
        base = language.partition("-")[0]
        if base not in PROGRAM_LANGUAGES:
            lacking = [name for name in TEXT_NAMES if not {language, base, ANY_LANGUAGE} & set(own.get(name, {}))]
            if lacking:
                message = (
                    f"the program's own texts are not there in `{language}` and appear in English; add under `texts:` "
                )
                yield Finding(("language",), message + ", ".join(lacking), "warning")
        if base not in TRAINING_LANGUAGES and any(
            isinstance(block, TrialBlock) and block.feedback for block in self.content.blocks
        ):
            message = f"live feedback speaks {', '.join(TRAINING_LANGUAGES)}; participants will read it in English"
            yield Finding(("language",), message, "warning")

    def short_texts(self) -> Iterator[Finding]:
        """The program's own texts: what stands in braces is filled in, and must be something there is."""
        for name, texts in self.content.texts.items():
            if name in OBSOLETE_TEXTS:
                yield Finding(("texts", name), f"`{name}` is never shown; remove it", "warning", key=True)
                continue
            possible = text_gaps(SHORT_TEXTS[name][FALLBACK])
            for language, text in texts.items():
                path: Path_ = ("texts", name) if language == ANY_LANGUAGE else ("texts", name, language)
                try:
                    gaps = text_gaps(text)
                except ValueError as error:
                    yield Finding(path, f"`{name}`: {error}")
                    continue
                for gap in sorted(gaps - possible):
                    filled = f"; possible: {', '.join(f'{{{each}}}' for each in sorted(possible))}" if possible else ""
                    yield Finding(path, f"nothing can be filled in for {{{gap}}} in `{name}`{filled}")
                if not gaps and possible:
                    message = f"`{name}` does not say {' and '.join(f'{{{gap}}}' for gap in sorted(possible))}"
                    yield Finding(path, f"{message}; written in braces, it is filled in", "warning")
                if name in ANSWER_KEYS and not _LETTER.fullmatch(text.strip()):
                    yield Finding(path, f"`{name}` must be one of the letters A to Z, the key that is pressed")
        yield from self.answer_keys()

    def answer_keys(self) -> Iterator[Finding]:
        """Yes and no need a key each, in every language in which the protocol names one."""
        own = {name: self.content.texts.get(name, {}) for name in ANSWER_KEYS}
        languages = {language for texts in own.values() for language in texts}
        for language in sorted(self.content.language if one == ANY_LANGUAGE else one for one in languages):
            yes, no = (program_text(name, language, own=own).strip() for name in ANSWER_KEYS)
            if yes.lower() == no.lower():
                where = next(name for name in reversed(ANSWER_KEYS) if own[name])
                message = (
                    f"`{yes}` cannot say both yes and no in `{language}`; `yes-key` and `no-key` need a letter each"
                )
                yield Finding(("texts", where), message, key=True)

    # ------------------------------------------------------------ other blocks

    def instructions(self, block: InstructionsBlock, path: Path_) -> Iterator[Finding]:
        if (block.pages is None) == (block.text is None):
            what = "both `text` and `pages`; keep one" if block.pages else "neither `text` nor `pages`; write one"
            yield Finding(path, f"block `{block.name}` has {what}")
        elif block.pages is not None:
            for name in ("title", "picture", "duration"):
                if getattr(block, name) is not None:
                    yield Finding((*path, name), f"`{name}` belongs to one of the `pages` here", key=True)
        for text_path, text in texts_of(block, path):
            for language, written in text.items():
                if len(written) > LONG_TEXT:
                    where = (*text_path, language) if language != ANY_LANGUAGE else text_path
                    yield Finding(where, "this text may not fit on one page; split it into `pages`", "warning")

    def form(self, block: FormBlock, path: Path_) -> Iterator[Finding]:
        yield from _doubles([question.id for question in block.questions], (*path, "questions"), "question")
        for index, question in enumerate(block.questions):
            yield from _question(question, (*path, "questions", index))

    def consent(self, block: ConsentBlock, path: Path_) -> Iterator[Finding]:
        yield from _doubles([clause.id for clause in block.clauses], (*path, "clauses"), "clause")
        if not any(clause.about == "recording" for clause in block.clauses):
            message = "faces are filmed: give that a clause of its own, with `about: recording`"
            yield Finding((*path, "clauses"), message, "warning", key=True)

    # ------------------------------------------------------------------ trials

    def trials(self, block: TrialBlock, path: Path_) -> Iterator[Finding]:
        for index, name in enumerate(block.ratings):
            self.used_ratings.add(name)
            if name not in self.rating_names:
                hint = did_you_mean(name, self.rating_names) if self.rating_names else "; define it in `ratings:`"
                yield Finding((*path, "ratings", index), f"there is no rating `{name}`{hint}")
        yield from self.combinations_of_keys(block, path)
        found = list(self.sources(block, path))
        yield from found
        if any(finding.severity == "error" for finding in found):
            return
        self.drafts[block.name] = drafts(block, self.tables.rows)
        trials = self.drafts[block.name]
        repeats = block.repeat_until.at_most if block.repeat_until else 1
        if len(trials) * block.repetitions * repeats > MOST_TRIALS:
            message = f"these are {len(trials) * block.repetitions * repeats} trials, more than {MOST_TRIALS}"
            yield Finding((*path, "trials"), message, key=True)
            return
        yield from self.order(block, trials, path)

    def combinations_of_keys(self, block: TrialBlock, path: Path_) -> Iterator[Finding]:
        order = block.order
        if order.kind != "random":
            for name in ("max_in_a_row", "shuffle", "same_for_everyone"):
                if name in order.model_fields_set:
                    message = f"`{name}` only means something with `kind: random`, not `{order.kind}`"
                    yield Finding((*path, "order", name), message, key=True)
        if order.kind == "random" and order.shuffle == "each-repetition" and block.repetitions == 1:
            message = "`each-repetition` changes nothing: the block has one repetition"
            yield Finding((*path, "order", "shuffle"), message, "warning")
        if block.repeat_until is not None:
            if block.kind == "experiment":
                message = "an experiment block is not repeated; use `kind: practice` or `kind: training`"
                yield Finding((*path, "repeat_until"), message, key=True)
            if block.one_block_per_target:
                message = "a block that is repeated cannot be split into one block for each target"
                yield Finding((*path, "one_block_per_target"), message, key=True)
            if block.rest is not None:
                yield Finding((*path, "rest"), "a block that is repeated cannot have rests within it", key=True)
            if block.repeat_until.similarity is not None and not block.feedback:
                message = "a criterion of similarity needs live measurement: add `feedback: true`"
                yield Finding((*path, "repeat_until", "similarity"), message, key=True)
        if block.hold is not None and not block.feedback:
            yield Finding((*path, "hold"), "`hold` needs live measurement: add `feedback: true`", key=True)
        if block.feedback and block.kind == "experiment":
            message = "feedback changes what the participants do; an experiment block is usually without"
            yield Finding((*path, "feedback"), message, "warning", key=True)

    def sources(self, block: TrialBlock, path: Path_) -> Iterator[Finding]:
        trials, where = block.trials, (*path, "trials")
        given = [
            name for name, value in (("list", trials.list_), ("cross", trials.cross), ("file", trials.file)) if value
        ]
        if len(given) != 1:
            what = f"both `{given[0]}` and `{given[1]}`; keep one" if given else "none; write a list, `cross` or `file`"
            yield Finding(where, f"trials come from a list, from `cross`, or from `file`: here are {what}", key=True)
            return
        if trials.target is not None and trials.cross is None:
            yield Finding((*where, "target"), "`target` goes with `cross`", key=True)
        if trials.list_ is not None:
            for index, item in enumerate(trials.list_):
                yield from self.known_target(item.target, (*where, "list", index, "target"))
            factors = {key for item in trials.list_ for key in item.condition}
            for index, item in enumerate(trials.list_):
                if item.condition and (lacking := sorted(factors - set(item.condition))):
                    message = f"this trial has no value for {', '.join(lacking)}, other trials of the block have"
                    yield Finding((*where, "list", index, "condition"), message, "warning")
            yield from self.factor_names(factors, block, where)
        elif trials.cross is not None:
            yield from self.crossing(trials.cross, trials.target, block, where)
        elif trials.file is not None:
            try:
                rows = self.tables.read(trials.file)
            except TableError as error:
                place = Place(trials.file, error.line, 1)
                yield Finding(where, str(error), place=place, line_text=error.text)
                self.complete = False  # who knows which targets it would have named
                return
            for row in rows:
                target = row.values["target"]
                for finding in self.known_target(target, where):
                    place = Place(trials.file, row.line, 1)
                    yield Finding(where, finding.message, place=place, line_text=",".join(row.values.values()))
            yield from self.factor_names({key for key in rows[0].values if key != "target"}, block, (*where, "file"))

    def crossing(
        self, cross: Mapping[str, Sequence[str]], template: str | None, block: TrialBlock, where: Path_
    ) -> Iterator[Finding]:
        if template is None:
            message = "`cross` needs `target`, which says how factors name the target: '{" + next(iter(cross)) + "}'"
            yield Finding((*where, "cross"), message, key=True)
            return
        for factor, levels in cross.items():
            if not levels:
                yield Finding((*where, "cross", factor), f"factor `{factor}` has no levels", key=True)
            for index, level in enumerate(levels):
                if level in levels[:index]:
                    yield Finding((*where, "cross", factor, index), f"level `{level}` is here twice")
        try:
            fields = template_fields(template)
        except ValueError as error:
            yield Finding((*where, "target"), f"`target`: {error}")
            return
        for name in fields:
            if name not in cross:
                yield Finding((*where, "target"), f"there is no factor `{name}`{did_you_mean(name, list(cross))}")
        if all(name in cross for name in fields):
            reported: set[str] = set()
            for levels_now in combinations(cross):
                target = template.format_map(levels_now)
                if target not in reported:
                    reported.add(target)
                    yield from self.known_target(target, (*where, "target"))
        yield from self.factor_names(set(cross), block, (*where, "cross"))

    def known_target(self, name: str, path: Path_) -> Iterator[Finding]:
        self.used_targets.add(name)
        if self.target_names and name not in self.target_names:
            yield Finding(path, f"there is no target `{name}`{did_you_mean(name, self.target_names)}")

    def factor_names(self, factors: set[str], block: TrialBlock, path: Path_) -> Iterator[Finding]:
        for factor in sorted(factors & set(self.content.groups)):
            message = f"`{factor}` is a factor of the trials and of the groups; rename one"
            yield Finding(path, message)
        for name, _ in block.order.max_in_a_row.items():
            if name not in {"target", "expression", *factors}:
                known = ["target", "expression", *sorted(factors)]
                order_path = (*path[:2], "order", "max_in_a_row", name)
                yield Finding(order_path, f"the trials have no property `{name}`{did_you_mean(name, known)}", key=True)

    def order(self, block: TrialBlock, trials: Sequence[Draft], path: Path_) -> Iterator[Finding]:
        if any(trial.target not in self.content.targets for trial in trials):
            return  # that target was set aside for an error of its own
        if block.order.kind == "williams":
            count = len({trial.target for trial in trials}) if block.one_block_per_target else len(trials)
            if count < 2:
                yield Finding((*path, "order"), "`williams` balances the order of two or more trials; here is one")
            if not block.one_block_per_target and len(set(trials)) < len(trials):
                message = "`williams` needs trials that differ; say how often with `repetitions` of the block"
                yield Finding((*path, "order"), message)
            if count > MANY_WILLIAMS_TRIALS:
                rows = count * (1 + count % 2)
                yield Finding((*path, "order"), f"balance is only complete after {rows} participants", "warning")
        expressions = {name: target.expression or name for name, target in self.content.targets.items()}
        if block.order.max_in_a_row:
            try:
                order_trials(
                    block, trials, expressions=expressions, who=("check", "", 1), seed=self.content.seed, rank=0
                )
            except OrderImpossibleError as error:
                yield Finding((*path, "order", "max_in_a_row"), str(error), key=True)

    # ----------------------------------------------------- the whole sequence

    def sequence(self) -> Iterator[Finding]:
        blocks = list(enumerate(self.content.blocks))
        trial_blocks = [(index, block) for index, block in blocks if isinstance(block, TrialBlock)]
        if not self.complete:
            return
        if not trial_blocks:
            yield Finding(("blocks",), "no block has trials: nothing would be measured", "warning", key=True)
            return
        calibrations = [index for index, block in blocks if isinstance(block, CalibrationBlock)]
        first_index = trial_blocks[0][0]
        if not calibrations:
            message = (
                "there is no `calibration` block: without the participant's neutral face the tables are less certain"
            )
            yield Finding(("blocks",), message, "warning", key=True)
        elif calibrations[0] > first_index:
            message = "the neutral face is recorded after trials; put it before them, while the face is at rest"
            yield Finding(("blocks", calibrations[0]), message, "warning")
        for index, block in blocks:
            if isinstance(block, ConsentBlock) and index > min([first_index, *calibrations]):
                message = "consent is asked after pictures were taken; put it before"
                yield Finding(("blocks", index), message, "warning")
        experiment = {t.target for _, b in trial_blocks if b.kind == "experiment" for t in self.drafts.get(b.name, ())}
        for index, block in trial_blocks:
            shared = {trial.target for trial in self.drafts.get(block.name, ())} & experiment
            if block.kind == "practice" and shared:
                message = f"`{sorted(shared)[0]}` is practised here and measured later; practise with another face"
                yield Finding(("blocks", index, "trials"), message, "warning", key=True)
        for name in self.content.sessions or ():
            if not any(block.sessions is None or name in block.sessions for _, block in trial_blocks):
                yield Finding(("sessions",), f"session `{name}` has no trials", "warning", key=True)


def _question(question: QuestionItem, path: Path_) -> Iterator[Finding]:
    if question.kind == "choice":
        if len(question.choices) < 2 or len(question.choices) > 9:
            message = f"a `choice` needs 2 to 9 `choices` (one number key each), here are {len(question.choices)}"
            yield Finding((*path, "choices") if question.choices else path, message)
        yield from _doubles([choice.value for choice in question.choices], (*path, "choices"), "choice")
    elif question.choices:
        yield Finding((*path, "choices"), "`choices` go with `kind: choice`", key=True)
    if question.kind != "integer":
        for name in ("minimum", "maximum"):
            if getattr(question, name) is not None:
                yield Finding((*path, name), f"`{name}` goes with `kind: integer`", key=True)
    elif question.minimum is not None and question.maximum is not None and question.minimum > question.maximum:
        yield Finding((*path, "maximum"), f"`maximum` is smaller than `minimum` ({question.minimum})")


def _doubles(names: Sequence[str], path: Path_, what: str) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding((*path, index), f"{what} `{name}` is here twice; their answers could not be told apart")


def _names(tree: Section, key: str) -> list[str]:
    section = tree.entries.get(key)
    return list(section.entries) if isinstance(section, Section) else []
