"""What AWS charges for a request, by its public list, in USD: for eu-central-1, without free tiers, discounts and tax.

Written down from the pricing pages of each service as of November 2025; that of Step Functions was compared with
https://aws.amazon.com/step-functions/pricing/, the others are from memory. Prices change: it is for comparing what a
design costs. Fargate, the public address, secrets and volumes by the month are in swiftcache/domain/prices.py.
"""

AS_OF = "2025-11"
MILLION = 1_000_000

TRANSITION = 25.00 / MILLION
"""Step Functions, Standard: each time that a step is executed, retries included."""

LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000166667
"""x86. Tracing, logs and SnapStart's cache are not in it."""

DYNAMODB_WRITE = 0.7625 / MILLION
DYNAMODB_READ = 0.1525 / MILLION
"""On demand, by the request unit: a write of 1 KB, a consistent read of 4 KB; twice as many in a transaction."""

SECRETS_CALL = 0.05 / 10_000
EVENT = 1.00 / MILLION
"""EventBridge, an event of ours of up to 64 KB. Those of AWS cost nothing."""

HTTP_REQUEST = 1.20 / MILLION
"""API Gateway, HTTP API, for the first 300 million a month."""

KMS_REQUEST = 0.03 / 10_000
"""Customer-managed keys: sealing, and the bus's and topics' own use."""

ROUTE53_CALL = 0.0
"""Calls and records of a zone are free up to 10,000 records; then 0.0015 a record and month."""

CONTROL_PLANE_CALL = 0.0
"""ECS, EC2, Step Functions' own API: free."""

CLOUDWATCH_METRIC = 0.30
"""A metric of ours for a month, for the first 10,000."""

S3_GB_MONTH = 0.0245
S3_WRITE = 0.0054 / 1_000
"""S3 Standard: a part of an upload, its begin and its end, a list. Deleting costs nothing."""

S3_READ = 0.00043 / 1_000

INTERFACE_ENDPOINT_HOUR = 0.012
"""In each zone. What goes through it is 0.01 a GB besides."""
