//go:build e2e

// This file owns a stranger: somebody with a good device of their own and a
// program of their own making, who tries to stop the call of another customer.

package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"countersign/session/computer/connection"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/report"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// stranger is an enrolled device in the hands of its own program.
type stranger struct {
	*world
	key        *ecdsa.PrivateKey
	credential []byte
	bundle     *trust.Bundle
}

// newStranger enrols a device step by step, as CP1 describes it.
func (w *world) newStranger(reference, phone string) *stranger {
	w.Helper()
	ticket, err := enrol.ParseTicket(w.ticket(reference, phone))
	if err != nil {
		w.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	conn, err := connection.Dial(w.Context(), connection.Options{URL: "tls://" + ticket.Addr, Role: relay.RoleEnrol, AnyKey: true})
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close()
	hello := relay.EnrolHelloRequest{Ticket: ticket.Name, Public: wire.Point(&key.PublicKey)}
	rand.Read(hello.Nonce[:])
	greeted := step[relay.EnrolHelloAnswer](w, conn, relay.EnrolHello, hello)
	transcript := enrol.Transcript(greeted.RootsHash, greeted.BankID, hello.Public, hello.Nonce, greeted.Nonce, false)
	possession, err := wire.Sign(wire.LabelPossession, key, transcript[:])
	if err != nil {
		w.Fatal(err)
	}
	keys, err := ticket.Keys()
	if err != nil {
		w.Fatal(err)
	}
	proof, err := keys.ClientProof(transcript)
	if err != nil {
		w.Fatal(err)
	}
	proved := step[relay.EnrolProveAnswer](w, conn, relay.EnrolProve, relay.EnrolProveRequest{
		Ticket: ticket.Name, Proof: proof, Possession: possession,
	})
	bundle, err := trust.OpenLineage(proved.Bundles, greeted.RootsHash)
	if err != nil {
		w.Fatal(err)
	}
	return &stranger{w, key, proved.Credential, bundle}
}

func step[A any](w *world, conn *connection.Conn, s relay.EnrolStep, request any) A {
	w.Helper()
	body, err := conn.Enrol(w.Context(), s, wire.Marshal(request))
	if err != nil {
		w.Fatal(err)
	}
	answer, err := relay.Decode[A](body)
	if err != nil {
		w.Fatal(err)
	}
	return answer
}

// reports looks an offer up and reports it, signed by a key of the stranger's
// choice.
func (s *stranger) reports(code string, signer crypto.Signer) {
	s.Helper()
	conn, err := connection.Dial(s.Context(), connection.Options{URL: s.bundle.Relays[0].URL, KeyHash: s.bundle.Relays[0].KeyHash, Role: relay.RoleCompanion})
	if err != nil {
		s.Fatal(err)
	}
	defer conn.Close()
	found, err := conn.Lookup(s.Context(), relay.LookupRequest{Code: code, BundleVersion: s.bundle.Version, BundleHash: s.bundle.Hash()})
	if err != nil {
		s.Fatal(err)
	}
	core, err := offer.Peek(found.Core)
	if err != nil {
		s.Fatal(err)
	}
	key := s.bundle.Public(trust.RoleReport, time.Now())
	enc, sealed, err := report.Seal(key, core.ID(), ending.WrongDirection, time.Now(), signer, s.credential)
	if err != nil {
		s.Fatal(err)
	}
	// The answer never says whether a report counted.
	if err := conn.Report(s.Context(), relay.ReportRequest{OID: core.ID(), Enc: enc, Ciphertext: sealed}); err != nil {
		s.Errorf("a report that does not count is answered by %v", err)
	}
}

// Only a device that the offer's customer holds can stop its call: neither a
// device of somebody else, nor somebody who knows the customer's credential
// but does not have its key.
func TestStopReportOfAnotherDeviceDoesNotCount(t *testing.T) {
	w := newWorld(t)
	noDevice, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, second := w.newStranger("C-9", "+48600900900"), w.newStranger(ownReference, ownPhone)
	a := w.calls()
	code := told[call.CodeShown](w, a).Code
	elsewhere.reports(code, elsewhere.key)
	second.reports(code, noDevice)
	w.completes(a, w.checks(code))

	// The customer's other device may.
	a = w.calls()
	second.reports(told[call.CodeShown](w, a).Code, second.key)
	w.endsBy(a, ending.WrongDirection)
}
