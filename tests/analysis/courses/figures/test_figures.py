from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from PIL import Image

from analysis.courses.figures.condition_figure import draw_conditions
from analysis.courses.figures.condition_means import BinnedTrial
from analysis.courses.figures.course_reading import read_trials
from analysis.courses.figures.figure_files import nearest_used_s, trial_caption
from analysis.courses.figures.film_faces import FacePicture
from analysis.courses.figures.group_data import measure_panels, read_group
from analysis.courses.figures.raster_figure import draw_raster
from analysis.courses.figures.stimulus_course import StimulusCourse
from analysis.courses.figures.trial_figure import TrialDrawing, draw_trial, left_out_spans, trial_moments
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.figure_style import PNG_DPI, WIDTH_MM, file_content, line_style
from experiment.record.sessions import read_sessions
from tests.analysis.courses.course_tables import Reaction, write_session
from tests.analysis.running import run

MEASURES = ("mouthSmile", "browDown")
KNOWN = StimulusCourse({"mouthSmile": np.array([0.0, 0.8, 0.8])}, np.array([0.0, 0.5, 1.0]), is_known=True)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people; the second one does not frown and blinks in the smile."""
    folder = tmp_path_factory.mktemp("figures") / "data"
    write_session(folder, "01", [Reaction("smile", 0.5, 0.8), Reaction("frown", 0.4, 0.6)])
    write_session(folder, "02", [Reaction("smile", 0.3, 1.0, blink_s=2.0), Reaction("frown", 0.0, None)], seed=1)
    return folder


def drawing(dataset: Path, *, session: int = 1, trial: int = 0) -> TrialDrawing:
    record = read_sessions(dataset)[session]
    one = list(read_trials(record, dataset / "derivatives" / "mimicry" / "courses", MEASURES))[trial]
    return TrialDrawing(one, MEASURES, KNOWN, (), trial_moments(one, MEASURES))


def test_the_moments_of_a_trial_are_onset_peak_and_end(dataset: Path) -> None:
    moments = drawing(dataset).moments
    assert [one.name for one in moments] == ["onset", "peak", "end"]
    assert [one.time_s for one in moments] == pytest.approx([1.0, 1.5, 3.0])
    assert [one.name for one in drawing(dataset, trial=1).moments] == ["target on", "middle", "end"]


def test_a_trial_without_a_baseline_shows_its_strengths_and_says_so(dataset: Path) -> None:
    whole = drawing(dataset)
    without = replace(whole, trial=replace(whole.trial, used=whole.trial.used & (whole.trial.time_s >= 0.0)))
    assert np.isnan(without.trial.change("mouthSmile")).all()

    _, person = draw_trial(without, columns=2).axes[:2]

    assert person.get_ylabel() == "strength, no baseline"
    assert np.nanmax(person.lines[1].get_ydata()) == pytest.approx(np.nanmax(without.trial.strength("mouthSmile")))
    assert "no indices" in trial_caption(without)
    assert "changes from the median" in trial_caption(whole)


def test_excluded_frames_are_one_span_as_long_as_the_blink(dataset: Path) -> None:
    ((begin_s, end_s),) = left_out_spans(drawing(dataset).trial)

    assert [begin_s, end_s] == pytest.approx([1.9, 2.1], abs=0.035)
    assert left_out_spans(drawing(dataset, session=0).trial) == []


@pytest.mark.parametrize("columns", [1, 2])
def test_a_figure_is_as_wide_as_its_columns_and_the_same_twice(dataset: Path, columns: int) -> None:
    first, second = (file_content(draw_trial(drawing(dataset), columns=columns), "png") for _ in range(2))

    assert first == second
    picture = Image.open(io.BytesIO(first))
    assert picture.width == pytest.approx(WIDTH_MM[columns] / 25.4 * PNG_DPI, abs=1.0)
    assert picture.info["dpi"][0] == pytest.approx(PNG_DPI, abs=0.1)


def test_a_peak_in_excluded_frames_is_marked_at_its_own_height(dataset: Path) -> None:
    shown = drawing(dataset)
    blink = shown.trial.used & ((shown.trial.time_s < 1.3) | (shown.trial.time_s > 1.7))
    person = draw_trial(replace(shown, trial=replace(shown.trial, used=blink)), columns=2).axes[1]

    (peak,) = (line for line in person.lines if line.get_marker() == "o")
    assert np.asarray(peak.get_xdata()).tolist() == [pytest.approx(1.5)]
    assert np.asarray(peak.get_ydata()).tolist() == [pytest.approx(0.9 * 0.3)]


def test_the_frames_of_faces_are_used_ones(dataset: Path) -> None:
    trial = drawing(dataset).trial  # it has a blink from 1.9 to 2.1 s

    early, late = nearest_used_s(trial, [1.97, 2.5])

    assert early == pytest.approx(1.88, abs=0.02)
    assert late == pytest.approx(2.5, abs=0.02)


def test_no_text_is_cut_off(dataset: Path) -> None:
    figure = draw_raster(trials(6), 0, label="emotion_happiness", width_s=0.05, columns=1, order="participant")
    FigureCanvasAgg(figure)
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box is not None
        assert box.x0 >= 0.0
        assert box.x1 <= figure.bbox.x1
        assert box.y0 >= 0.0


def test_text_stays_text(dataset: Path) -> None:
    svg = file_content(draw_trial(drawing(dataset), columns=2), "svg").decode()

    for text in ("Target: smile (known movement)", "Participant 02", "mouthSmile", "excluded: 7 blink", "change from"):
        assert text in svg
    assert svg.count("<text") > 15
    assert file_content(draw_trial(drawing(dataset), columns=2), "pdf").startswith(b"%PDF")


def test_faces_are_in_the_figure_only_if_they_are_given(dataset: Path) -> None:
    green = FacePicture(1.0, Image.new("RGB", (80, 100), (0, 255, 0)))
    without = drawing(dataset)

    for columns in (1, 2):
        found = [
            np.asarray(Image.open(io.BytesIO(file_content(draw_trial(one, columns=columns), "png"))).convert("RGB"))
            for one in (without, replace(without, faces=([green, green, None], [green, None, None])))
        ]
        areas = [int((picture == (0, 255, 0)).all(axis=2).sum()) for picture in found]
        assert areas[0] == 0
        assert areas[1] > 3 * 15 * 18 * (PNG_DPI / 25.4) ** 2


def no_model() -> FaceModel:
    return load_model()


def test_the_mean_is_next_to_the_target_with_the_number_of_participants(dataset: Path) -> None:
    data = read_group(read_sessions(dataset), dataset / "derivatives" / "mimicry" / "courses")
    keys = {key: KNOWN for group in data.kinds[0].targets.values() for key in group}
    panels = list(measure_panels(data, data.kinds[0], no_model, known=keys))

    assert [one.measure for one in panels] == list(MEASURES)
    assert set(panels[0].targets) == {"smile", "frown"}
    for columns in (1, 2):
        svg = file_content(draw_conditions(panels, columns=columns), "svg").decode()
        assert "smile (n = 2)" in svg
        assert "Participants, mean and 95 % interval" in svg
        assert svg.count("not known for these targets") == 1, "the movement of the brows is not known"


def trials(count: int) -> list[BinnedTrial]:
    rng = np.random.default_rng(3)
    return [
        BinnedTrial(
            f"{number // 2:02d}",
            "sub-x",
            str(number),
            "smile",
            "smile",
            -10,
            rng.uniform(0.0, 0.4, (1, 60)),
            (None if number % 3 == 0 else float(rng.uniform(0.2, 2.0)),),
            2.0,
        )
        for number in range(count)
    ]


def test_rows_sorted_by_onset_end_with_trials_without_one() -> None:
    made = trials(9)
    figure = draw_raster(made, 0, label="mouthSmile", width_s=0.05, columns=1, order="onset")

    (mesh,) = (one for one in figure.axes[0].collections if isinstance(one, QuadMesh))
    rows = np.asarray(mesh.get_array())
    expected = sorted(made, key=lambda one: (one.onsets_s[0] is None, one.onsets_s[0] or 0.0))
    np.testing.assert_allclose(rows, [one.values[0] for one in expected])


def test_a_raster_of_two_thousand_trials_fits_on_a_page() -> None:
    figure = draw_raster(trials(2190), 0, label="mouthSmile", width_s=0.05, columns=2, order="participant")

    assert figure.get_figheight() * 25.4 < 235
    labels = figure.axes[0].get_yticklabels()
    assert 30 < len(labels) < 80, "names of participants do not overlap"
    assert len(file_content(figure, "pdf")) < 2_000_000


def test_no_two_lines_look_alike() -> None:
    assert len({str(line_style(number)) for number in range(28)}) == 28


def test_the_command_writes_figures_and_captions(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(capsys, "figure", "courses", dataset, "--out", tmp_path, "--measure", "mouthSmile", "--format", "svg")

    assert done.status == 0, done.err
    names = {"conditions_kind-viewing", "raster_kind-viewing_measure-mouthSmile"}
    assert {file.name for file in tmp_path.iterdir()} == {
        f"{name}.{end}" for name in names for end in ("svg", "txt")
    } | {"SHA256SUMS"}
    caption = (tmp_path / "conditions_kind-viewing.txt").read_text()
    assert "smile: 2 participants, 2 trials" in caption
    assert "mouthSmile (lip corner puller, AU12)" in caption


def test_figures_of_earlier_options_are_deleted(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.pdf").write_text("a figure of another program")
    for options in (("--measure", "mouthSmile", "--format", "svg"), ("--measure", "browDown", "--format", "png")):
        done = run(capsys, "figure", "courses", dataset, "--out", tmp_path, *options)
        assert done.status == 0, done.err

    names = {"conditions_kind-viewing", "raster_kind-viewing_measure-browDown"}
    files = {f"{name}.{end}" for name in names for end in ("png", "txt")}
    assert {file.name for file in tmp_path.iterdir()} == files | {"SHA256SUMS", "mine.pdf"}
    listed = (tmp_path / "SHA256SUMS").read_text().splitlines()
    assert {line.split()[-1] for line in listed if not line.startswith("#")} == files


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--measure", "smile"], 1, "has no measure smile; it has browDown, mouthSmile"),
        (["--by", "colour"], 1, "no condition colour; there is group, expression, target"),
        (["--format", "gif"], 2, "gif is none of pdf, svg, png"),
        (["--with-faces"], 2, "need --trial"),
        (["--trial", "smile-0"], 1, "there are several sessions with courses (sub-01, sub-02)"),
        (["--trial", "smile-7", "--participant", "01"], 1, "no course of a trial smile-7; there is smile-0, frown-1"),
        (
            ["--trial", "smile-0", "--participant", "03"],
            1,
            "there is no such session with courses; there is sub-01, sub-02",
        ),
        (["--trial", "smile-0", "--participant", "01"], 1, "the film has no trial smile-0"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(
    dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    status: int,
    message: str,
) -> None:
    done = run(capsys, "figure", "courses", dataset, "--out", tmp_path, *options)

    assert done.status == status
    assert message in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err


def test_a_data_set_without_courses_is_sent_to_the_command_that_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_session(tmp_path / "data", "01", [])
    for file in (tmp_path / "data" / "derivatives" / "mimicry" / "courses").iterdir():
        file.unlink()

    done = run(capsys, "figure", "courses", tmp_path / "data")

    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "has no courses that may be used; run `courses" in done.err
