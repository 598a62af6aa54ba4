package billing

import "testing"

func TestName(t *testing.T) {
	if Name() != "aiaas/billing" {
		t.Fatal(Name())
	}
}
