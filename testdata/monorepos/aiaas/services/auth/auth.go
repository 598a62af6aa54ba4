// Package auth is a service.
package auth

import "example.com/common"

// Name is how the service is shown.
func Name() string {
	return common.Name("auth")
}
