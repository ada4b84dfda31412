"""Simulated participants: a face, a camera that films it, a hand on the keyboard, behind the ports of the real ones.

`person` says who they are and how well they imitate, `goals` what a target asks of them, `imitating` what they make of
it, `movement` how their face gets there, `acts` which picture belongs to which camera frame, `pictures` draws them,
`participant` watches the display, `reading` knows what to answer there, `attended` lets a person beside them pause,
`camera` films, `truth` keeps what the face really did. `sitting` puts one before the window, `rehearsal` one after the
other, `demonstration` is what `demo` does. Without a window: `keyframes` has the frames a session would keep, `study`
makes use of them, `trainee` practises before the live measurement.
"""
