"""What a connector made of a file, in a form that tests can ask."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from hub.model.dataset import DataMessage
from hub.model.findings import Finding


@dataclass
class Outcome:
    """A message as a frame of text, with what was found and the message itself.

    ``apart`` is the frame of what its reader left out because of single findings.
    """

    frame: pd.DataFrame
    findings: list[Finding]
    message: DataMessage
    apart: pd.DataFrame

    def value(self, **key: str) -> str:
        """The value of the one observation with these codes."""
        frame = self.frame
        for component, code in key.items():
            frame = frame[frame[component] == code]
        assert len(frame) == 1, frame
        return str(frame["OBS_VALUE"].iloc[0])

    def only(self) -> Finding:
        """The one finding there is."""
        assert len(self.findings) == 1, [f.message for f in self.findings]
        return self.findings[0]
