output "name" {
  value = "pheme"
}
