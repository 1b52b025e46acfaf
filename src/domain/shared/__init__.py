"""The little that the contexts share: time, ids, paging, canonical bytes, the event chain."""
