"""The certificate's secret and its key, as preflight finds them."""

import trustme

from local.preflight.secret import certificate, key, secret
from tests.integration.local.preflight.certificate import keep, written
from tests.integration.local.preflight.world import ACCOUNT, REGION, World

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


def test_a_secret_that_is_not_there_fails_with_the_command_that_makes_it(world: World) -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:nothing-AbCdEf"
    world.given(CertificateSecretArn=arn)
    assert world.look(secret).splitlines() == [
        "FAIL  certificate's secret  there is no",
        f"                            {arn}",
        "                            Make it (docs/deploy.md, step 2):",
        "    $ aws secretsmanager create-secret --name swiftcache-certificate \\",
        "        --secret-string file://certificate.json",
    ]
    assert world.look(key) == world.look(certificate) == ""


def test_a_secret_that_will_be_deleted_fails(world: World, authority: trustme.CA) -> None:
    arn = keep(world, written(authority))
    world.aws("secretsmanager").delete_secret(SecretId=arn)
    assert world.look(secret).splitlines() == [
        "FAIL  certificate's secret  swiftcache-certificate will be deleted",
        "                            Restore it, or make another:",
        "    $ aws secretsmanager restore-secret \\",
        f"        --secret-id {arn}",
    ]


def test_an_arn_without_its_end_fails_and_the_whole_one_is_told(world: World, authority: trustme.CA) -> None:
    arn = keep(world, written(authority))
    world.given(CertificateSecretArn=arn.rpartition("-")[0])
    assert world.look(secret).splitlines() == [
        "FAIL  certificate's secret  the ARN lacks the six characters at its end, and the tasks may read only",
        "                            what it names",
        "                            Wanted is",
        f"                            CertificateSecretArn={arn}",
    ]


def test_who_may_not_read_the_secret_is_told_which_permission_that_takes(world: World, authority: trustme.CA) -> None:
    arn = keep(world, written(authority))
    stubber = world.stubbed("secretsmanager")
    stubber.add_response("describe_secret", {"ARN": arn})
    stubber.add_client_error("get_secret_value", "AccessDeniedException", http_status_code=400)
    assert world.check("certificate").splitlines() == [
        "WARN  certificate  not checked: you may not secretsmanager:GetSecretValue",
        "                   Have it allowed, or look yourself.",
    ]


def test_a_key_of_ones_own_that_is_not_named_fails_and_the_parameter_is_told(
    world: World, authority: trustme.CA
) -> None:
    made = world.aws("kms").create_key()["KeyMetadata"]
    own = made["Arn"]
    keep(world, written(authority), KmsKeyId=made["KeyId"])
    assert world.look(key).splitlines() == [
        "FAIL  secret's key  the secret is under a KMS key of yours, and CertificateKeyArn is empty",
        "                    Wanted is",
        f"                    CertificateKeyArn={own}",
    ]
    world.given(CertificateKeyArn=own)
    assert world.look(key) == "OK    secret's key  the one that CertificateKeyArn names"
    world.aws("kms").disable_key(KeyId=made["KeyId"])
    assert world.look(key).splitlines() == [
        "FAIL  secret's key  it is Disabled",
        "                    Enable it:",
        f"    $ aws kms enable-key --key-id {made['KeyId']}",
    ]


def test_a_key_that_is_named_for_nothing_warns(world: World, authority: trustme.CA) -> None:
    keep(world, written(authority))
    world.given(CertificateKeyArn=KEY)
    assert world.look(key).splitlines() == [
        "WARN  secret's key  the secret is not under CertificateKeyArn but under aws/secretsmanager",
        "                    Leave it empty.",
    ]
