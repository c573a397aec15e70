// This file plays a stolen agent's computer whose connection is open when the
// bank gives the agent a new ticket.

package server

import (
	"testing"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
)

func TestAReissuedAgentsOldKeyDoesNothingOnAnOpenConnection(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	call := w.newCall(agent, customer)
	old := w.newOffer(agent, customer).request
	ticket, _, err := w.server.Directory().ReissueAgent(w.Context(), agent.id)
	w.must(err)
	tries := func() {
		t.Helper()
		call.desk.refused(call.desk.op(relay.OpCreate), old, ending.Revoked)
		call.desk.refused(call.desk.op(relay.OpPrepare), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled}, ending.Revoked)
		call.desk.refused(call.desk.op(relay.OpSecure), relay.SecureRequest{OID: call.oid}, ending.Revoked)
		call.desk.refused(call.desk.op(relay.OpCredential), relay.CredentialRequest{}, ending.Revoked)
	}
	tries()
	// Also once the genuine agent has enrolled again, and works.
	fresh := person{key: newKey(t)}
	fresh.id = w.enrol(fresh, ticket, true).AgentID
	fresh.credential, err = w.server.Directory().Credential(w.Context(), fresh.id, "")
	w.must(err)
	tries()
	w.desk(&fresh).offers(&fresh, customer)
}
