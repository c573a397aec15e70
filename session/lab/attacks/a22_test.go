// A22: the operator changes the records afterwards. A public log with proofs of
// inclusion and consistency, watched from outside, would show it; it is not
// built yet. This test shows what an operator can do until then.

package attacks_test

import (
	"os"
	"path/filepath"
	"testing"

	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

// TestAttackA22AnOldCopyPutBack: a stop is reported and an agent is revoked;
// then the operator puts yesterday's copy of the records back.
func TestAttackA22AnOldCopyPutBack(t *testing.T) {
	w := newWorld(t)
	yesterday := filepath.Join(t.TempDir(), "yesterday")
	w.restart(func() { w.must(copyFolder(yesterday, w.dir)) })

	victim := w.customer("C-1")
	agent := w.agent(anna).isRung("C-1")
	victim.types(agent.code(), theyCalled).ends(ending.WrongDirection)
	agent.ends(ending.WrongDirection)
	w.agent(anna).isRung("C-1").ends(ending.OnHold)
	w.must(w.server.Directory().RevokeAgent(t.Context(), town.given[jan].AgentID))
	w.agent(jan).dials("C-2").ends(ending.Revoked)

	w.restart(func() {
		w.must(os.RemoveAll(w.dir))
		w.must(copyFolder(w.dir, yesterday))
	})
	// The revoked agent is good again, green to a customer who cannot know.
	agent = w.agent(jan).dials("C-2")
	customer := w.customer("C-2").types(agent.code(), theyCalled)
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Verified {
		t.Errorf("the agent whose revocation was removed: %s %v", out.Result, out.Reasons)
	}
	secured(agent, customer)
	// The report is gone as well. Only what the customer's own device keeps
	// does not depend on the operator.
	agent = w.agent(anna).isRung("C-1")
	victim.types(agent.code(), iCalled).ends(ending.OnHold)
	outcome(t, "A22", attacks.NotStopped, "an operator who puts an old copy back undoes a revocation and a report, and nobody misses them; only the hold on the customer's own device stays")
}
