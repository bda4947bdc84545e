"""What declarations is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.api.wiring import seal
from swiftcache.platform.aws import secretsmanager, stepfunctions
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.declarations.answering import Answering
    from swiftcache.declarations.ports import DeclarationStarter, InstanceApi, StackAnswers
    from swiftcache.declarations.service import DeclarationService


@provider
def declaration_starter(injector: Injector) -> "DeclarationStarter":
    from swiftcache.declarations.executions import StepFunctionsDeclarationStarter

    machine = injector.environment["DECLARE_STATE_MACHINE_ARN"]
    return StepFunctionsDeclarationStarter(stepfunctions(injector), machine, seal(injector))


@provider
def instance_api(injector: Injector) -> "InstanceApi":
    from swiftcache.declarations.http_api import HttpInstanceApi
    from swiftcache.declarations.secrets import SecretsManagerAccountKeys

    keys = SecretsManagerAccountKeys(secretsmanager(injector), injector.environment["DECLARING_SECRET_PREFIX"])
    return HttpInstanceApi(injector.environment["API_URL"], keys.find)


@provider
def declaration_service(injector: Injector) -> "DeclarationService":
    from swiftcache.declarations.secrets import SecretsManagerKeySecrets
    from swiftcache.declarations.service import DeclarationService

    secrets = SecretsManagerKeySecrets(secretsmanager(injector), injector.environment["DECLARED_SECRET_PREFIX"])
    return DeclarationService(instance_api(injector), secrets)


@provider
def stack_answers(injector: Injector) -> "StackAnswers":
    from swiftcache.declarations.http_answer import HttpStackAnswers

    networks = [network for network in injector.environment["ANSWER_NETWORKS"].split(",") if network]
    return HttpStackAnswers(injector.environment["URL_SUFFIX"], networks)


@provider
def answering(injector: Injector) -> "Answering":
    from swiftcache.declarations.answering import Answering

    return Answering(seal(injector), stack_answers(injector))
