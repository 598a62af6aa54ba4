//! Is the Terraform code valid?
