"""Following a plan with the devices it is given: the order of things, one trial, questions, pauses."""
