"""The API, with which each feature's routes register what they serve."""

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from swiftcache.api.openapi import DocumentedApi

api: APIGatewayHttpResolver = DocumentedApi(enable_validation=True)
