// Package gateway is a service.
package gateway

import "example.com/common"

// Name is how the service is shown.
func Name() string {
	return common.Name("gateway")
}
