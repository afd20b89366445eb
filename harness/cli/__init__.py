"""The command line: one module per verb, imported only when its verb is called.

Refuses to compute: verbs connect doors, call one function below, print, and return an exit code.
"""
