# An instance of SwiftCache by the generic REST provider: docs/terraform.md says what it cannot do.

terraform {
  required_version = ">= 1.4"
  required_providers {
    restapi = {
      source  = "Mastercard/restapi"
      version = "~> 3.0"
    }
  }
}

variable "api_url" {
  type        = string
  description = "The address of SwiftCache's API, without /api"
}

variable "account_key" {
  type        = string
  sensitive   = true
  description = "An account key, sk_live_…, of the role admin: TF_VAR_account_key"
}

variable "organization_id" {
  type = string
}

provider "restapi" {
  uri                  = var.api_url
  bearer_token         = var.account_key
  update_method        = "PATCH"
  id_attribute         = "instance/id"
  write_returns_object = true
  # No `retries`: a POST that is sent twice without an Idempotency-Key makes two instances.
}

locals {
  # What can be changed is sent again at each change, so it is apart from what cannot.
  changeable = {
    name               = "shop-visits"
    maxMemory          = 268435456
    evictionPolicy     = "allkeys-lru"
    deletionProtection = false
  }
  fixed = {
    organizationId = var.organization_id
    region         = "eu-central"
    persistence    = false
  }
}

resource "restapi_object" "visits" {
  path        = "/api/v1/instances"
  data        = jsonencode(merge(local.fixed, local.changeable))
  update_data = jsonencode(local.changeable)
  force_new   = ["organizationId", "region", "persistence"]

  # The answer has more fields than were sent, below `instance`.
  ignore_server_additions = true
}

# The provider does not wait: the command line does.
resource "terraform_data" "visits_running" {
  triggers_replace = restapi_object.visits.id

  provisioner "local-exec" {
    command = "swiftcache instances wait \"$INSTANCE\""
    environment = {
      INSTANCE           = restapi_object.visits.id
      SWIFTCACHE_API_URL = var.api_url
      SWIFTCACHE_API_KEY = var.account_key
    }
  }
}

output "instance_id" {
  value = terraform_data.visits_running.triggers_replace
}
