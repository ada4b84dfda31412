"""A typed character belongs to the screen on which its key went down."""

from __future__ import annotations

from experiment.display.typed_text import DriverPresses, TypedCharacter


def presses_of(*presses: tuple[str, float, float]) -> DriverPresses:
    found = DriverPresses()
    for key, time_s, began_s in presses:
        found.add(key, time_s=time_s, began_s=began_s)
    return found


def test_a_character_that_the_window_reports_late_belongs_to_the_screen_before() -> None:
    """The driver saw the press at 9.99 s, the next screen came at 10 s, the character at 10.02 s."""
    presses = presses_of(("y", 9.99, 9.99))

    assert presses.characters_since([TypedCharacter("y", 10.02)], 10.0) == ""


def test_the_same_key_pressed_again_on_the_next_screen_counts_once() -> None:
    presses = presses_of(("2", 9.99, 9.99), ("2", 10.4, 10.4), ("5", 10.5, 10.5))
    typed = [TypedCharacter("2", 10.02), TypedCharacter("2", 10.41), TypedCharacter("5", 10.51)]

    assert presses.characters_since(typed, 10.0) == "25"


def test_repetitions_of_a_key_held_since_the_screen_before_do_not_count() -> None:
    presses = presses_of(("y", 9.9, 9.9), ("y", 10.4, 9.9), ("y", 10.45, 9.9))
    typed = [TypedCharacter("y", 9.91), TypedCharacter("y", 10.41), TypedCharacter("y", 10.46)]

    assert presses.characters_since(typed, 10.0) == ""


def test_characters_of_an_input_method_count_by_the_time_of_the_window() -> None:
    presses = presses_of(("k", 10.1, 10.1), ("a", 10.2, 10.2))

    assert presses.characters_since([TypedCharacter("か", 10.3)], 10.0) == "か"
    assert presses.characters_since([TypedCharacter("か", 9.9)], 10.0) == ""


def test_an_old_press_without_a_character_does_not_take_a_later_character() -> None:
    presses = presses_of(("a", 8.0, 8.0), ("a", 10.2, 10.2))

    assert presses.characters_since([TypedCharacter("A", 10.21)], 10.0) == "A"
