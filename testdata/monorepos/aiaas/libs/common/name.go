// Package common is what services share.
package common

// Name is how a service is shown.
func Name(service string) string {
	return "aiaas/" + service
}
