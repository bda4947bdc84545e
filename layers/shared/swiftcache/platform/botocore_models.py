"""How boto3 finds out how a service is spoken to."""

from pathlib import Path

from botocore.loaders import Loader


class ServiceModels(Loader):
    """Finds a service's model by its name.

    boto3's own first looks into the folders of all 400 services, twice, to list those that it could load.
    """

    def list_available_services(self, type_name: str) -> list[str]:
        """Every service that has a folder, whether it has this type of model or not."""
        return [folder.name for path in map(Path, self.search_paths) if path.is_dir() for folder in path.iterdir()]
