package auth

import "testing"

func TestName(t *testing.T) {
	if Name() != "aiaas/auth" {
		t.Fatal(Name())
	}
}
