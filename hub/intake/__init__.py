"""Intake: from bytes handed in to a release that readers see, or a report that says why not."""
