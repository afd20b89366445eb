"""The sandbox door: engine, images, environments, containment, pods.

The only package that imports `docker`. Refuses to judge: it returns what probes and services did, never what it means.
"""
