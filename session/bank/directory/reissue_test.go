// This file tests what is left of a key after its holder was given a new ticket:
// nothing, from that moment on.

package directory

import (
	"strings"
	"testing"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"countersign/session/protocol/ending"
)

func TestAReissuedAgentsOldKeyIsOutAtOnce(t *testing.T) {
	b, old, code := withFactor(t)
	unused, _, err := b.ReissueAgent(b.ctx(), old.ID)
	b.must(err)
	if b.stapleIsGood(old.CredentialID) {
		t.Error("credentials by the old key still count")
	}
	b.signsIn(old, code(b.now()), ending.UnknownCode) // not enrolled
	ticket, _, err := b.ReissueAgent(b.ctx(), old.ID)
	b.must(err)
	_, err = b.enrol(b.holder(unused, true, "thief of the first letter"))
	b.wants(err, ending.Revoked)
	answer, err := b.enrol(b.holder(ticket, true, "agent"))
	b.must(err)
	fresh, err := b.Agent(b.ctx(), old.ID)
	b.must(err)
	if answer.AgentID != old.ID || fresh.Name != old.Name || !b.stapleIsGood(fresh.CredentialID) || b.stapleIsGood(old.CredentialID) {
		t.Errorf("after enrolling again: %+v", fresh)
	}
	b.signsIn(old, code(b.now()), ending.Forged) // the old second factor
	key, err := otp.NewKeyFromURL(answer.TOTP)
	b.must(err)
	now, err := totp.GenerateCode(key.Secret(), b.now())
	b.must(err)
	b.signsIn(old, now, "")
	b.reopen()
	if b.stapleIsGood(old.CredentialID) {
		t.Error("the old key is back after a restart")
	}
}

func TestARevokedAgentIsNotReissued(t *testing.T) {
	b := newTestBank(t, false)
	a, _ := b.agent("Anna Kowalska")
	b.must(b.RevokeAgent(b.ctx(), a.ID))
	if _, _, err := b.ReissueAgent(b.ctx(), a.ID); err == nil || !strings.Contains(err.Error(), "for good") {
		t.Errorf("got %v", err)
	}
	_, _, err := b.ReissueAgent(b.ctx(), 99)
	b.wants(err, ending.UnknownCode)
}

func TestAReissuedCustomersOldDevicesAreOutAtOnce(t *testing.T) {
	b := newTestBank(t, false)
	_, lost, _ := b.device("C-1")
	_, kept, _ := b.device("C-1")
	letter := b.customer("C-1")
	one, _, err := b.ReissueCustomer(b.ctx(), "C-1", &lost.ID)
	b.must(err)
	if b.stapleIsGood(lost.ID) || !b.stapleIsGood(kept.ID) {
		t.Error("not only the one device is out")
	}
	_, err = b.enrol(b.holder(one, false, "new device"))
	b.must(err)
	all, _, err := b.ReissueCustomer(b.ctx(), "C-1", nil)
	b.must(err)
	if b.stapleIsGood(kept.ID) {
		t.Error("a device still counts")
	}
	_, err = b.enrol(b.holder(letter, false, "thief of the letter"))
	b.wants(err, ending.Revoked)
	_, err = b.enrol(b.holder(all, false, "the only device"))
	b.must(err)
	_, _, err = b.ReissueCustomer(b.ctx(), "C-1", &[16]byte{9})
	b.wants(err, ending.UnknownCode)
	_, _, err = b.ReissueCustomer(b.ctx(), "C-9", nil)
	b.wants(err, ending.UnknownCode)
}
