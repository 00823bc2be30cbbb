"""Tables of files that all nodes share (:mod:`hub.store.blobs`): which of them belong to what."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, String, Table

from hub.store.tables import METADATA

__all__ = ["submission_files", "upload_piece"]

#: What was made of a submission beside its rows and its report. ``kind`` is ``preview`` or
#: ``returned``, ``content`` what is to be known of it, ``files`` the keys of its files.
submission_files = Table(
    "submission_files",
    METADATA,
    Column("submission", String(36), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("content", JSON, nullable=False),
    Column("files", JSON, nullable=False),
)

#: What has arrived of an upload: pieces that follow one another without a gap.
upload_piece = Table(
    "upload_piece",
    METADATA,
    Column("upload", String(36), primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("file", String(200), nullable=False),
)
