"""The names of the executions that make an instance."""


def creation_name(instance_id: str, *, from_pool: bool) -> str:
    """The name of the one execution that creates an instance.

    A member of the pool has been created before, under the same id: so who takes it over needs another.
    """
    return f"{'claim' if from_pool else 'provision'}-{instance_id}"
