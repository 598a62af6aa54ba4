package gateway

import "testing"

func TestName(t *testing.T) {
	if Name() != "aiaas/gateway" {
		t.Fatal(Name())
	}
}
