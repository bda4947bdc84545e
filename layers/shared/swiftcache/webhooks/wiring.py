"""What webhooks is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import dynamodb, now, secretsmanager, stepfunctions
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.webhooks.delivery import WebhookDispatcher
    from swiftcache.webhooks.ports import Deliveries, DeliveryStarter, SigningSecrets, Webhooks
    from swiftcache.webhooks.service import WebhookService
    from swiftcache.webhooks.target_guard import TargetGuard


@provider
def webhooks(injector: Injector) -> "Webhooks":
    from swiftcache.webhooks.table import DynamoDBWebhooks

    return DynamoDBWebhooks(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def deliveries(injector: Injector) -> "Deliveries":
    from swiftcache.webhooks.table import DynamoDBDeliveries

    return DynamoDBDeliveries(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def delivery_starter(injector: Injector) -> "DeliveryStarter":
    from swiftcache.webhooks.executions import StepFunctionsDeliveryStarter

    return StepFunctionsDeliveryStarter(stepfunctions(injector), injector.environment["DELIVER_STATE_MACHINE_ARN"])


@provider
def signing_secrets(injector: Injector) -> "SigningSecrets":
    from swiftcache.webhooks.secrets import SecretsManagerSigningSecrets

    return SecretsManagerSigningSecrets(secretsmanager(injector), injector.environment["WEBHOOK_SECRET_PREFIX"])


@provider
def target_guard(injector: Injector) -> "TargetGuard":
    from swiftcache.webhooks.target_guard import TargetGuard, networks_of

    return TargetGuard(networks_of(injector.environment["WEBHOOK_NETWORKS"]))


@provider
def webhook_service(injector: Injector) -> "WebhookService":
    from swiftcache.webhooks.service import WebhookService

    return WebhookService(
        webhooks(injector),
        deliveries(injector),
        signing_secrets(injector),
        target_guard(injector),
        delivery_starter(injector),
        now(injector),
    )


@provider
def webhook_dispatcher(injector: Injector) -> "WebhookDispatcher":
    from swiftcache.webhooks.delivery import WebhookDispatcher
    from swiftcache.webhooks.sender import HttpSender

    return WebhookDispatcher(
        webhooks(injector),
        deliveries(injector),
        signing_secrets(injector),
        HttpSender(target_guard(injector)),
        now(injector),
    )
