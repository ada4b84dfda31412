"""Simulated participants: a face, a camera that films it, a hand on the keyboard, behind the ports of the real ones.

`person` says who they are and how well they imitate, `goals` what a target asks of them, `movement` how their face
gets there, `acts` which picture belongs to which camera frame, `pictures` draws them, `participant` watches the display
and answers, `camera` films, `truth` keeps what the face really did, `sitting` puts one before the window.
"""
