"""Simulated participants: drawn face, simulated camera, simulated key presses.

`person`, `imitation`, `movement`, `watching/` and `face_schedule` determine the face in every camera frame. `drawing/`
draws it, `simulated_camera` films it, `truth` writes the true expressions. `participant` watches the display and
presses keys, `target_units` and `screen_answers` are the targets and answers. `simulated_session` runs one session in
the real window, `rehearsal` all sessions of several participants; `demonstration` belongs to the command `demo`.
Without a window, `keyframes` draws the frames a session would keep, `study` measures many people, and `trainee`
practises with live feedback.
"""
