"""Doors to agents: each adapter turns a prompt into a reply.

Adapters refuse to interpret replies; that is intake's work.
"""
