"""Instances that CloudFormation declares: `Custom::SwiftCacheInstance`."""
