"""The vocabulary as frozen dataclasses (standard library only).

Refuses to do anything: no I/O, no parsing, no defaults read from the environment.
"""
