"""Bills of material: what the items that are asked for take of others."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from ...domain.errors import InvalidRequestError
from ...domain.inputs.rows import BomLink


def explode(gross: dict[str, list[float]], links: Sequence[BomLink]) -> None:
    """Add to ``gross`` (requirements by item and week) what each parent's requirement takes of its children.

    Parents come before their children, however many levels there are; without scrap, and by gross requirement, not
    by planned order.

    Raises:
        InvalidRequestError: the links run in a loop; the sentence names it.
    """
    children: dict[str, list[BomLink]] = {}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for link in links:
        children.setdefault(link.parent_code, []).append(link)
        sorter.add(link.child_code, link.parent_code)
    try:
        order = list(sorter.static_order())
    except CycleError as error:
        loop = " → ".join(error.args[1])
        raise InvalidRequestError(
            f"The bill of material runs in a loop: {loop}.",
            remedy="Take one of these links out of bom.csv and import it again.",
            loop=loop,
        ) from error
    for parent in order:
        wanted = gross.get(parent)
        if wanted is None:
            continue
        for link in children.get(parent, ()):
            qty = link.qty
            needed = gross.get(link.child_code)
            if needed is None:
                gross[link.child_code] = [quantity * qty for quantity in wanted]
            else:
                gross[link.child_code] = [own + quantity * qty for own, quantity in zip(needed, wanted, strict=True)]
