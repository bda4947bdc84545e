"""The names of the executions that make and remove an instance. Step Functions gives a name away once in 90 days."""


def life_name(instance_id: str, generation: int) -> str:
    """What the executions of one of its lives are named after: an instance that is undeleted has another.

    No id has a second `_`, so this is no other instance's.
    """
    return f"{instance_id}_{generation}" if generation else instance_id


def creation_name(instance_id: str, *, generation: int = 0, from_pool: bool) -> str:
    """The name of the one execution that creates an instance.

    A member of the pool has been created before, under the same id: so who takes it over needs another.
    """
    return f"{'claim' if from_pool else 'provision'}-{life_name(instance_id, generation)}"
