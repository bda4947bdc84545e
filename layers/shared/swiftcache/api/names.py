"""What is said of a name that is not known: which one was probably meant."""

from collections.abc import Collection


def unknown(kind: str, name: str, known: Collection[str]) -> str:
    """`kind` is what has the name: a field, a parameter."""
    if not known:
        return f"this {kind} is not known; there is none here"
    # Few requests have such a name.
    from difflib import get_close_matches

    by_case = {found.casefold(): found for found in known}
    nearest = get_close_matches(name.casefold(), by_case, n=1)
    if nearest:
        return f"this {kind} is not known; did you mean {by_case[nearest[0]]}?"
    return f"this {kind} is not known; known are {', '.join(sorted(known))}"
