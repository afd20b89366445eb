"""What a submission's own files say about its packages, its layout and its start: read, never executed.

Pure, and apart from the doors of `sandbox`: text in, values out.
"""
