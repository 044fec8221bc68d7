package storetest

// Core checks, one after the other and with any T, the rules that take no time
// of their own and need no hook but New. It is meant for programs that want to
// know whether a store does what it should before they use it for something
// else, such as a benchmark; it does not replace [Run]. Rules in
// [Harness.Lacks] are left out.
func Core(t T, h Harness) {
	t.Helper()
	if h.New == nil {
		t.Fatalf("%s", newIsNil)
	}
	for _, r := range rules {
		if r.core {
			scope(t, func(t T) { runCore(t, r, &h) })
		}
	}
}

func runCore(t T, r rule, h *Harness) {
	if lack, lacks := h.Lacks[r.name]; lacks {
		t.Logf("lacks: %s: %s", r.name, lack)
		return
	}
	check := r.check
	r.check = func(t T, h *Harness) {
		if r.lacked(t, h) {
			t.Logf("%s: the store does not support %s", r.name, r.asks.name)
			return
		}
		check(t, h)
	}
	rt := &ruleT{T: t, rule: r}
	rt.run(h)
}
