"""What there is of backups in the bucket."""

from swiftcache.backups.model import Backup
from tests.statemachine.cloud import Cloud


def left_of(cloud: Cloud, backup: Backup) -> dict[str, list[str]]:
    """Versions of its object, uploads of it that are under way, and its file that was uploaded. Empty when nothing is
    left."""
    s3, bucket = cloud.client("s3"), cloud.stack.outputs["BackupBucketName"]
    versions = s3.list_object_versions(Bucket=bucket, Prefix=backup.object_key)
    uploads = s3.list_multipart_uploads(Bucket=bucket, Prefix=backup.object_key)
    files = s3.list_object_versions(Bucket=bucket, Prefix=backup.upload_key)
    found = {
        "objects": [each["VersionId"] for each in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]],
        "uploads": [each["UploadId"] for each in uploads.get("Uploads", [])],
        "files": [each["VersionId"] for each in files.get("Versions", [])],
    }
    return {kind: names for kind, names in found.items() if names}


def reports_of(cloud: Cloud, backup: Backup) -> list[str]:
    """What its proofs have left in the bucket: what they were told, and what they told."""
    s3, bucket = cloud.client("s3"), cloud.stack.outputs["BackupBucketName"]
    versions = s3.list_object_versions(Bucket=bucket, Prefix=f"proofs/{backup.organization_id}/{backup.id}/")
    return [each["Key"] for each in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]]
