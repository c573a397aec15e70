// Fuzz targets of the inspection of any object. The bank's keys are fixed, so
// that a kept input verifies in every later run.

package inspect

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// fixedObjects are a bundle and one object of each kind that its keys sign.
func fixedObjects(t testing.TB) (*trust.Bundle, [][]byte) {
	t.Helper()
	var all [][]byte
	add := func(object []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, object)
		return object
	}
	root, issuer, status, content, agent := wiretest.Key(1), wiretest.Key(2), wiretest.Key(3), wiretest.Key(4), wiretest.Key(5)
	id := func(key *ecdsa.PrivateKey) [8]byte { return wire.KeyID(wire.Point(&key.PublicKey)) }
	key := func(role uint8, key *ecdsa.PrivateKey) trust.Key {
		return trust.Key{Role: role, Public: wire.Point(&key.PublicKey), NotAfter: 1 << 40}
	}
	b := trust.Bundle{
		BankID: trust.BankID(trust.RootsHash([][]byte{wire.Point(&root.PublicKey)}, 1)), Name: "Example Bank", Version: 1, Roots: [][]byte{wire.Point(&root.PublicKey)}, Threshold: 1,
		Keys:   []trust.Key{key(trust.RoleIssuer, issuer), key(trust.RoleStatus, status), key(trust.RoleContent, content)},
		Relays: []trust.Relay{{URL: "tls://127.0.0.1:4222"}}, Suites: []uint8{trust.Suite1}, Lines: []string{"+48221112233"}, MinVersion: "0.1.0", Expiry: 1 << 40,
	}
	opened, err := trust.First(add(trust.SignBundle(b, root)), trust.RootsHash(b.Roots, 1))
	if err != nil {
		t.Fatal(err)
	}
	credential := add(trust.SignCredential(trust.Credential{
		Issuer: id(issuer), AgentID: 7, Name: "Anna Kowalska", Role: "Fraud analyst", Department: "Fraud team",
		NotBefore: noon.Unix(), Expiry: noon.Unix() + 3600, Public: wire.Point(&agent.PublicKey), Purposes: []trust.Purpose{trust.Transfer},
	}, issuer))
	add(trust.SignDevice(trust.Device{Issuer: id(issuer), ID: [16]byte{2}, Public: wire.Point(&agent.PublicKey), NotBefore: noon.Unix(), Expiry: noon.Unix() + 3600, Lines: []string{"4567"}, Enrolled: noon.Unix()}, issuer))
	add(trust.SignStaple(trust.Staple{Status: id(status), Good: true, IssuedAt: noon.Unix()}, status))
	add(trust.SignContent(trust.Content{BankID: b.BankID, Version: 1, Key: id(content), IssuedAt: noon.Unix()}, content))
	add(relay.Ticket{Status: id(status), Companion: "U1", IssuedAt: noon.Unix(), Expiry: noon.Unix() + 60}.Sign(status))
	answer, err := relay.Prepared{Status: id(status), Reference: "C-1", Direction: offer.BankCalled, Line: "4567", IssuedAt: noon.Unix()}.Sign(status)
	add(answer.Prepared, err)
	core := offer.Core{CallID: [16]byte{3}, Start: noon.Unix(), Direction: offer.BankCalled, Purpose: trust.Transfer, Line: "4567", Suite: trust.Suite1}
	add(core.Encode(), nil)
	add(core.Sign(agent))
	text, err := offer.NewFrame(core, noon, agent, credential)
	add([]byte(text), err)
	token, err := relay.Connect{AgentID: 7, Nkey: "U1", Time: noon.Unix()}.Token(agent)
	add([]byte(token), err)
	return opened, all
}

// FuzzFile: whatever the file, something is found or something is wrong, it can
// be printed, and a private key that it may be is not.
func FuzzFile(f *testing.F) {
	bundle, objects := fixedObjects(f)
	for _, object := range objects {
		f.Add(object)
		f.Add([]byte(hex.EncodeToString(object)))
	}
	f.Add([]byte("CT1:127.0.0.1:4222/AAAA-BBBB-CCCC-DDDD"))
	f.Add([]byte("123 456 789"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, i := range []Inspector{{Now: noon, Bundle: bundle}, {Now: noon}} {
			found := i.File(bytes.NewReader(data))
			if found.Kind == "" || found.Faults == nil {
				t.Errorf("an incomplete finding: %+v", found)
			}
			if found.Object == nil && len(found.Faults) == 0 {
				t.Errorf("nothing found and nothing wrong: %+v", found)
			}
			for _, fault := range found.Faults {
				if !fault.Reason.Known() {
					t.Errorf("a fault without a name: %+v", fault)
				}
			}
			told, err := json.Marshal(found)
			if err != nil {
				t.Errorf("cannot be printed: %v", err)
			}
			if _, body, ok := bytes.Cut(data, []byte("PRIVATE KEY-----\n")); ok && len(body) > 20 && strings.Contains(string(told), string(body[:20])) {
				t.Errorf("shows a private key: %s", told)
			}
		}
	})
}
