"""What a running session publishes, and the commands it receives.

Each session has one folder in the user's runtime folder. `values` is the published state, `folder` the place,
`reading` finds sessions, `control` hands over commands, `pictures` requests and reads small pictures.
"""
