"""Evaluate the measurement by group of people.

Groups are of skin, age, sex, beard, glasses, headscarf and a palsy of one side.
"""
