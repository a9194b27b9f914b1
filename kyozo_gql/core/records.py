"""What all tables share."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from kyozo_gql.core.ids import new_id


class Record(Model):
    """A row with a time-ordered id and the moment it was made."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        abstract = True


class ChangingRecord(Record):
    """A row that also says when it was last changed."""

    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        abstract = True
