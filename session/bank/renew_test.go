// This file tests how a bank goes on: what was signed before counts as long as
// it should, and nothing is in force that the roots did not sign.

package bank

import (
	"bytes"
	"crypto/hpke"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

const oneDay = 24 * time.Hour

// renewed is a bank of which a test makes one bundle after the other.
type renewed struct {
	*testing.T
	*Bank
	now    time.Time
	anchor trust.Anchor
	stored []byte
}

func newRenewed(t *testing.T) *renewed {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bank")
	if err := Init(dir, exampleOptions()); err != nil {
		t.Fatal(err)
	}
	r := &renewed{T: t, now: exampleOptions().Now}
	r.load(dir)
	r.anchor, r.stored = r.Bundle.Anchor(), r.Bundles[0]
	return r
}

func (r *renewed) load(dir string) {
	r.Helper()
	var err error
	if r.Bank, err = Load(dir); err != nil {
		r.Fatal(err)
	}
}

// renews makes and publishes a bundle, reads the folder anew as a server does,
// and takes it up as a client does that has the first one only.
func (r *renewed) renews(renewal Renewal, firstDevice time.Time) []string {
	r.Helper()
	var first int64
	if !firstDevice.IsZero() {
		first = firstDevice.Unix()
	}
	draft, err := r.Draft(renewal, first, r.now)
	if err != nil {
		r.Fatal(err)
	}
	before := r.Bundle.Version
	if r.load(r.Dir); r.Bundle.Version != before {
		r.Fatal("a draft is in force")
	}
	signed, err := SignBy(filepath.Join(r.Dir, RootKeyFile), draft.Payload)
	if err != nil {
		r.Fatal(err)
	}
	if _, err := r.Publish(signed, r.now); err != nil {
		r.Fatal(err)
	}
	r.load(r.Dir)
	pinned, err := r.anchor.Open(r.stored)
	if err != nil {
		r.Fatal(err)
	}
	newest, err := pinned.Follow(r.News(1, r.anchor.Hash, 0).Bundles)
	if err != nil || newest.Hash() != r.Bundle.Hash() || newest.Version != before+1 {
		r.Fatalf("a client that has bundle 1: %v", err)
	}
	return draft.Notes
}

// device is a device credential that the bank signs now.
func (r *renewed) device() []byte {
	r.Helper()
	issuer := r.IssuerAt(r.now)
	key, err := newECDSA()
	if err != nil {
		r.Fatal(err)
	}
	signed, err := trust.SignDevice(trust.Device{
		Issuer: wire.KeyID(wire.Point(&issuer.PublicKey)), Public: wire.Point(&key.PublicKey), NotBefore: r.now.Unix(),
		Expiry: r.now.AddDate(4, 0, 0).Unix(), Lines: []string{"0800"}, Enrolled: r.now.Unix(),
	}, issuer)
	if err != nil {
		r.Fatal(err)
	}
	if _, err := r.Bundle.Device(signed); err != nil {
		r.Errorf("at %s the bank signs what its own bundle does not take: %v", r.now, err)
	}
	return signed
}

func (r *renewed) counts(device []byte) bool {
	_, err := r.Bundle.Device(device)
	return err == nil
}

func text(s string) *string { return &s }

func TestARenewedBankSaysWhatWasAskedFor(t *testing.T) {
	r := newRenewed(t)
	device := r.device()
	r.now = r.now.Add(200 * oneDay)
	old := *r.Bundle
	notes := r.renews(Renewal{
		Name: text("Other Bank"), Domain: text("otherbank.example"), Lines: []string{"+48221112299"}, Relays: []string{"tls://relay.example:4443", "tls://127.0.0.1:4222"},
	}, time.Time{})
	b := r.Bundle
	if b.Name != "Other Bank" || b.Domain != "otherbank.example" || !slices.Equal(b.Lines, []string{"+48221112299"}) || len(b.Relays) != 2 || b.Relays[0].URL != "tls://relay.example:4443" {
		t.Errorf("%+v", b)
	}
	if b.BankID != old.BankID || b.RootsHash() != old.RootsHash() || b.Issued != r.now.Unix() || b.Expiry != r.now.AddDate(0, validMonths, 0).Unix() {
		t.Errorf("%+v", b)
	}
	for _, k := range b.Keys {
		if k.NotAfter != b.Expiry {
			t.Errorf("a key of role %d ends before the bundle", k.Role)
		}
	}
	if !r.counts(device) || r.RelayAddress() != "relay.example:4443" || len(r.Lineage) != 2 {
		t.Error("a device of before does not count, or tickets name the old relay")
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "Other Bank") {
		t.Errorf("notes %v", notes)
	}
	if notes := r.renews(Renewal{Name: text("Third Bank")}, time.Time{}); len(notes) != 2 || !strings.Contains(notes[1], "less than 90 days ago") {
		t.Errorf("notes %v", notes)
	}
}

func TestANewIssuerIsListedBeforeItSigns(t *testing.T) {
	r := newRenewed(t)
	enrolled, early := r.now, r.device()
	first := r.IssuerAt(r.now)
	r.now = r.now.Add(300 * oneDay)
	r.renews(Renewal{New: []string{NewIssuer}}, enrolled)
	if !r.IssuerAt(r.now).Equal(first) || !r.IssuerAt(r.now.Add(issuerLead-time.Second)).Equal(first) {
		t.Error("the new issuer signs before clients know it")
	}
	if _, err := r.Draft(Renewal{New: []string{NewIssuer}}, 0, r.now); err == nil || !strings.Contains(err.Error(), "listed already") {
		t.Errorf("a third issuer: %v", err)
	}
	r.now = r.now.Add(issuerLead)
	second := r.IssuerAt(r.now)
	if second.Equal(first) {
		t.Fatal("the new issuer does not sign")
	}
	late := r.device()
	// Another year: the device of the first issuer still counts, so it stays listed.
	r.now = r.now.Add(300 * oneDay)
	r.renews(Renewal{}, enrolled)
	if !r.counts(early) || !r.counts(late) {
		t.Error("a device that counts was signed by an issuer that is not listed")
	}
	if _, err := os.Stat(filepath.Join(r.Dir, keyFolder, issuerKey)); !errIsMissing(err) {
		t.Errorf("the private key of an issuer that signs no more: %v", err)
	}
	// The last device from before is gone.
	r.renews(Renewal{}, r.now.Add(-oneDay))
	if r.counts(early) || !r.counts(late) || !r.IssuerAt(r.now).Equal(second) {
		t.Error("not exactly the first issuer is gone")
	}
}

func TestNewKeysOfTheOtherKinds(t *testing.T) {
	r := newRenewed(t)
	status, opensOld, content := r.StatusAt(r.now), r.Report, r.contentKey
	enc, sender, err := hpke.NewSender(r.Report.PublicKey(), hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("CP1 report"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sender.Seal(nil, []byte("sealed before"))
	if err != nil {
		t.Fatal(err)
	}
	r.renews(Renewal{New: []string{NewStatus, NewReport, NewContent}}, time.Time{})
	if !r.StatusAt(r.now).Equal(status) || r.StatusAt(r.now.Add(statusLead)).Equal(status) {
		t.Error("the status key changes at the wrong time")
	}
	if bytes.Equal(r.Report.PublicKey().Bytes(), opensOld.PublicKey().Bytes()) || !bytes.Equal(r.Bundle.Public(trust.RoleReport, r.now), r.Report.PublicKey().Bytes()) {
		t.Error("reports are not sealed to the new key")
	}
	opened := false
	for _, key := range r.Reports {
		receiver, err := hpke.NewRecipient(enc, key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("CP1 report"))
		if err != nil {
			continue
		}
		text, err := receiver.Open(nil, sealed)
		opened = opened || err == nil && string(text) == "sealed before"
	}
	if !opened {
		t.Error("a report that was sealed before opens no more")
	}
	if r.contentKey == content || r.ContentVersion != 2 {
		t.Errorf("content %d is signed by the old key", r.ContentVersion)
	}
	r.now = r.now.Add(rest + 2*oneDay)
	r.renews(Renewal{}, time.Time{})
	if len(r.Reports) != 1 || len(r.Statuses) != 1 || len(r.Bundle.Keys) != 5 {
		t.Errorf("after their rest: %d report keys, %d status keys, %d in all", len(r.Reports), len(r.Statuses), len(r.Bundle.Keys))
	}
	for _, name := range []string{statusKey, reportKey, contentKey} {
		if _, err := os.Stat(filepath.Join(r.Dir, keyFolder, name)); !errIsMissing(err) {
			t.Errorf("%s is still here: %v", name, err)
		}
	}
}

func TestANewRelayKeyStandsBesideTheOldOne(t *testing.T) {
	r := newRenewed(t)
	old := r.KeyHash
	r.renews(Renewal{New: []string{NewRelay}}, time.Time{})
	if r.KeyHash != old || len(r.Bundle.Relays) != 2 || r.Bundle.Relays[0].KeyHash != old || r.Bundle.Relays[1].URL != r.Bundle.Relays[0].URL {
		t.Fatalf("clients of before cannot connect: %+v", r.Bundle.Relays)
	}
	if _, err := r.Draft(Renewal{New: []string{NewRelay}}, 0, r.now.Add(oneDay)); err == nil {
		t.Error("a third relay key")
	}
	r.now = r.now.Add(issuerLead - oneDay)
	r.renews(Renewal{}, time.Time{})
	if r.KeyHash != old || len(r.Bundle.Relays) != 2 {
		t.Error("the old key went too early")
	}
	r.now = r.now.Add(oneDay)
	r.renews(Renewal{}, time.Time{})
	if r.KeyHash == old || len(r.Bundle.Relays) != 1 || r.Bundle.Relays[0].KeyHash != r.KeyHash {
		t.Errorf("the new key does not take the old one's place: %+v", r.Bundle.Relays)
	}
}

func TestNothingIsPublishedThatTheRootsDidNotSign(t *testing.T) {
	r := newRenewed(t)
	root := filepath.Join(r.Dir, RootKeyFile)
	other, err := newECDSA()
	if err != nil {
		t.Fatal(err)
	}
	draft := func() []byte {
		t.Helper()
		d, err := r.Draft(Renewal{New: []string{NewStatus}}, 0, r.now)
		if err != nil {
			t.Fatal(err)
		}
		return d.Payload
	}
	sign := func(payload []byte) []byte {
		t.Helper()
		signed, err := SignBy(root, payload)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	open := func(payload []byte) (b trust.Bundle) {
		t.Helper()
		if err := wire.Unmarshal(payload, wire.MaxBundle, &b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	byOther, err := trust.SignBundle(open(draft()), other)
	if err != nil {
		t.Fatal(err)
	}
	stolen := open(draft())
	stolen.Roots, stolen.Previous = [][]byte{wire.Point(&other.PublicKey)}, slices.Clone(stolen.Previous)
	byThief, err := trust.SignBundle(stolen, other)
	if err != nil {
		t.Fatal(err)
	}
	older := sign(draft())
	newest := sign(draft())
	for name, signed := range map[string][]byte{
		"another root's": byOther, "other roots": byThief, "an earlier draft, whose keys are gone": older, "the bundle in force": r.Bundles[0], "nothing": nil,
	} {
		if _, err := r.Publish(signed, r.now); err == nil {
			t.Errorf("%s is published", name)
		}
	}
	if r.load(r.Dir); r.Bundle.Version != 1 {
		t.Fatal("something is in force")
	}
	if _, err := r.Publish(newest, r.now.AddDate(2, 0, 0)); err == nil {
		t.Error("an expired draft is published")
	}
	if _, err := r.Publish(newest, r.now); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Publish(newest, r.now); err == nil {
		t.Error("published twice")
	}
	if _, err := SignBy(filepath.Join(r.Dir, keyFolder, statusKey), draft()); err == nil || !strings.Contains(err.Error(), "not a root key") {
		t.Errorf("signed by another key: %v", err)
	}
	if _, err := SignBy(filepath.Join(r.Dir, "nowhere.pem"), draft()); err == nil || !strings.Contains(err.Error(), "--root") {
		t.Errorf("got %v", err)
	}
}

// A key that the newest bundle lists and that is not here is no key of before in
// its place.
func TestAnOldKeyIsNotTakenForAMissingNewOne(t *testing.T) {
	for _, name := range []string{issuerKey, statusKey, reportKey} {
		r := newRenewed(t)
		r.renews(Renewal{New: []string{NewIssuer, NewStatus, NewReport}}, time.Time{})
		if err := os.Remove(filepath.Join(r.Dir, keyFolder, ofVersion(name, 2))); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(r.Dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEndsAreToldEverLouder(t *testing.T) {
	r := newRenewed(t)
	end := r.Ends(r.now)[0]
	if end.At.Unix() != r.Bundle.Expiry {
		t.Fatalf("%+v", end)
	}
	for before, want := range map[time.Duration]int{
		91 * oneDay: 0, 90*oneDay + time.Second: 0, 90 * oneDay: 1, 31 * oneDay: 1, 30 * oneDay: 2, 8 * oneDay: 2, 7 * oneDay: 3, time.Second: 3, 0: 4, -oneDay: 4,
	} {
		if got := end.Loudness(end.At.Add(-before)); got != want {
			t.Errorf("%s before: %d, want %d", before, got, want)
		}
	}
}
