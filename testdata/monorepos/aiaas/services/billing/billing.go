// Package billing is a service.
package billing

// Name is how the service is shown.
func Name() string {
	return "aiaas/billing"
}
