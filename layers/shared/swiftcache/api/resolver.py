"""The API, with which each feature's routes register what they serve."""

from swiftcache.api.openapi import DocumentedApi

api = DocumentedApi(enable_validation=True)
