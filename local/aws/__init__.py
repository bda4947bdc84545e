"""Substitutes for the AWS services of the template: moto, extended where bookkeeping is not enough.

Start with `Substitutes`; the Lambda host answers it as an `Invoker`.
"""

from local.aws.invoker import FunctionError, Invoker
from local.aws.substitutes import Substitutes

__all__ = ["FunctionError", "Invoker", "Substitutes"]
