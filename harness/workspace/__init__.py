"""Workspace: the door between vetted files and a disk.

Refuses to follow anything it finds there: links, pipes and devices are neither written through nor read.
"""
