// This file tests inspection on the objects of one real bank, whole and spoilt.

package inspect

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/session/bank"
	"countersign/session/computer/qr"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// objects are one of each kind, all of one bank and good at noon.
type objects struct {
	bank                                                                             *bank.Bank
	credential, device, staple, core, signedCore, connect, ticket, prepared, renewal []byte
	frame                                                                            string
	agent                                                                            *ecdsa.PrivateKey
}

func newObjects(t testing.TB) objects {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "bank")
	must(bank.Init(dir, bank.Options{Name: "Example Bank", Relay: "tls://127.0.0.1:4222", Lines: []string{"+48221112233"}, Now: noon.Add(-time.Hour)}))
	b, err := bank.Load(dir)
	must(err)
	agent, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	o := objects{bank: b, agent: agent}
	issuer, status := wire.KeyID(wire.Point(&b.IssuerAt(time.Now()).PublicKey)), wire.KeyID(wire.Point(&b.StatusAt(time.Now()).PublicKey))
	o.credential, err = trust.SignCredential(trust.Credential{
		Issuer: issuer, AgentID: 7, Name: "Anna Kowalska", Role: "Fraud analyst", Department: "Fraud team",
		NotBefore: noon.Unix(), Expiry: noon.Add(time.Hour).Unix(), Public: wire.Point(&agent.PublicKey), Purposes: []trust.Purpose{trust.Transfer},
	}, b.IssuerAt(time.Now()))
	must(err)
	o.device, err = trust.SignDevice(trust.Device{
		Issuer: issuer, Pseudonym: [16]byte{0xAB, 0xCD, 0xEF}, Public: wire.Point(&agent.PublicKey),
		NotBefore: noon.Unix(), Expiry: noon.Add(time.Hour).Unix(), Lines: []string{"0800"}, Enrolled: noon.Unix(),
	}, b.IssuerAt(time.Now()))
	must(err)
	o.staple, err = trust.SignStaple(trust.Staple{Status: status, Good: true, IssuedAt: noon.Unix()}, b.StatusAt(time.Now()))
	must(err)
	core := o.offer(t)
	o.core = core.Encode()
	o.signedCore, err = core.Sign(agent)
	must(err)
	o.frame, err = offer.NewFrame(core, noon, agent, o.credential)
	must(err)
	token, err := relay.Connect{AgentID: 7, Nkey: "UABC", Time: noon.Unix()}.Token(agent)
	must(err)
	renewal, err := relay.Renewal{Device: [16]byte{1}, Nkey: "UABC", Time: noon.Unix()}.Sign(agent)
	must(err)
	o.renewal = renewal.Renewal
	o.connect, err = base64.RawURLEncoding.DecodeString(token)
	must(err)
	o.ticket, err = relay.Ticket{Status: status, Companion: "UDEF", IssuedAt: noon.Unix(), Expiry: noon.Add(relay.TicketLifetime).Unix()}.Sign(b.StatusAt(time.Now()))
	must(err)
	answer, err := relay.Prepared{Status: status, Reference: "C-1", Direction: offer.BankCalled, Line: "0800", IssuedAt: noon.Unix()}.Sign(b.StatusAt(time.Now()))
	must(err)
	o.prepared = answer.Prepared
	return o
}

func (o objects) offer(t testing.TB) offer.Core {
	t.Helper()
	credential, err := trust.PeekCredential(o.credential)
	if err != nil {
		t.Fatal(err)
	}
	return offer.Core{
		Credential: credential.Hash(), CallID: offer.NewCallID(), Start: noon.Unix(),
		Direction: offer.BankCalled, Purpose: trust.Transfer, Line: "0800", Suite: trust.Suite1,
	}
}

func (o objects) kinds() map[string][]byte {
	return map[string][]byte{
		"bundle": o.bank.Bundles[0], "content": o.bank.Content, "agent credential": o.credential, "device credential": o.device,
		"status staple": o.staple, "offer core": o.core, "signed offer core": o.signedCore, "connect token": o.connect, "renewal": o.renewal, "call ticket": o.ticket,
		"answer to prepare": o.prepared,
	}
}

func TestEveryKindIsFoundInEveryForm(t *testing.T) {
	o := newObjects(t)
	i := Inspector{Now: noon, Bundle: o.bank.Bundle}
	for kind, data := range o.kinds() {
		finds(t, i.File(bytes.NewReader(data)), kind, "bytes")
		finds(t, i.Text(hex.EncodeToString(data)), kind, "hex")
		finds(t, i.Text(" "+strings.ToUpper(hex.EncodeToString(data))+"\n"), kind, "hex")
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			finds(t, i.Text(encoding.EncodeToString(data)), kind, "base64")
		}
		finds(t, i.File(strings.NewReader(base64.StdEncoding.EncodeToString(data)+"\n")), kind, "base64")
	}
	finds(t, i.Text(o.frame), "qr frame", "text")
	finds(t, i.Text(offer.Groups(offer.Code(offer.IDOf(o.core)))), "spoken code", "text")
	finds(t, i.Text(enrol.NewTicket("127.0.0.1:4222").String()), "ticket", "text")
}

func TestQRImageIsRead(t *testing.T) {
	o := newObjects(t)
	i := Inspector{Now: noon, Bundle: o.bank.Bundle}
	picture, err := qr.PNG(o.frame, 4)
	if err != nil {
		t.Fatal(err)
	}
	finds(t, i.File(bytes.NewReader(picture)), "qr frame", "qr image")
	picture, err = qr.PNG(enrol.NewTicket("127.0.0.1:4222").String(), 4)
	if err != nil {
		t.Fatal(err)
	}
	finds(t, i.File(bytes.NewReader(picture)), "ticket", "qr image")
}

// finds fails unless the finding is of this kind and form, without a fault.
func finds(t *testing.T, f Finding, kind, found string) {
	t.Helper()
	if f.Kind != kind || f.Found != found || len(f.Faults) != 0 || f.Object == nil {
		t.Errorf("want %s as %s, got %s", kind, found, asJSON(t, f))
	}
}

func asJSON(t testing.TB, f Finding) string {
	t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEachFaultIsNamed(t *testing.T) {
	o, other := newObjects(t), newObjects(t)
	at := func(d time.Duration) Inspector { return Inspector{Now: noon.Add(d), Bundle: o.bank.Bundle} }
	revoked, err := trust.SignStaple(trust.Staple{Status: wire.KeyID(wire.Point(&o.bank.StatusAt(time.Now()).PublicKey)), IssuedAt: noon.Unix()}, o.bank.StatusAt(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	stolen := o.offer(t)
	otherFrame, err := offer.NewFrame(stolen, noon, other.agent, other.credential)
	if err != nil {
		t.Fatal(err)
	}
	forbidden := o.offer(t)
	forbidden.Purpose = trust.NewPayee
	forbiddenFrame, err := offer.NewFrame(forbidden, noon, o.agent, o.credential)
	if err != nil {
		t.Fatal(err)
	}
	wrongRules := o.offer(t)
	wrongRules.Line = "12"
	for name, c := range map[string]struct {
		finding Finding
		kind    string
		reasons []ending.Reason
	}{
		"credential expired":    {at(2*time.Hour).bytes(o.credential, ""), "agent credential", []ending.Reason{ending.Expired}},
		"credential too early":  {at(-time.Hour/2).bytes(o.credential, ""), "agent credential", []ending.Reason{ending.WrongClock}},
		"credential of another": {at(0).bytes(other.credential, ""), "agent credential", []ending.Reason{ending.Forged}},
		"both":                  {at(2*time.Hour).bytes(other.credential, ""), "agent credential", []ending.Reason{ending.Expired, ending.Forged}},
		"device of another":     {at(0).bytes(other.device, ""), "device credential", []ending.Reason{ending.Forged}},
		"device expired":        {at(2*time.Hour).bytes(o.device, ""), "device credential", []ending.Reason{ending.Expired}},
		"staple old":            {at(time.Hour).bytes(o.staple, ""), "status staple", []ending.Reason{ending.StatusStale}},
		"staple bad":            {at(0).bytes(revoked, ""), "status staple", []ending.Reason{ending.Revoked}},
		"content of another":    {at(0).bytes(other.bank.Content, ""), "content", []ending.Reason{ending.Forged}},
		"call ticket old":       {at(9*time.Hour).bytes(o.ticket, ""), "call ticket", []ending.Reason{ending.Expired}},
		"prepared of another":   {at(0).bytes(other.prepared, ""), "answer to prepare", []ending.Reason{ending.Forged}},
		"prepared old":          {at(2*time.Minute).bytes(o.prepared, ""), "answer to prepare", []ending.Reason{ending.Forged}},
		"renewal old":           {at(2*time.Minute).bytes(o.renewal, ""), "renewal", []ending.Reason{ending.WrongClock}},
		"connect token old":     {at(2*time.Minute).bytes(o.connect, ""), "connect token", []ending.Reason{ending.Expired}},
		"core old":              {at(6*time.Minute).bytes(o.signedCore, ""), "signed offer core", []ending.Reason{ending.Expired}},
		"core against rules":    {at(0).bytes(wrongRules.Encode(), ""), "offer core", []ending.Reason{ending.Forged}},
		"bundle expired":        {at(500*24*time.Hour).bytes(o.bank.Bundles[0], ""), "bundle", []ending.Reason{ending.Expired}},
		"bundle unsigned":       {at(0).bytes(unsigned(t, o.bank.Bundles[0]), ""), "bundle", []ending.Reason{ending.Forged}},
		"frame old":             {at(time.Minute).Text(o.frame), "qr frame", []ending.Reason{ending.FrameStale}},
		"frame of another":      {at(0).Text(otherFrame), "qr frame", []ending.Reason{ending.Forged, ending.Forged}},
		"frame not allowed":     {at(0).Text(forbiddenFrame), "qr frame", []ending.Reason{ending.Forged}},
		"frame cut":             {at(0).Text(o.frame[:len(o.frame)-3]), "qr frame", []ending.Reason{ending.NotACode}},
		"code":                  {at(0).Text("123 456 789"), "spoken code", []ending.Reason{ending.WrongCheckDigit}},
		"code short":            {at(0).Text("12345"), "spoken code", []ending.Reason{ending.NotACode}},
		"ticket":                {at(0).Text("CT1:host:1/AAAA"), "ticket", []ending.Reason{ending.NotACode}},
		"trailing byte":         {at(0).bytes(append(slices.Clone(o.credential), 0), ""), "unknown", []ending.Reason{ending.NotACode}},
		"nothing":               {at(0).Text(""), "unknown", []ending.Reason{ending.NotACode}},
		"something":             {at(0).Text("hello, world"), "unknown", []ending.Reason{ending.NotACode}},
		"large":                 {at(0).File(bytes.NewReader(make([]byte, wire.MaxBundle+1))), "unknown", []ending.Reason{ending.NotACode}},
		"very large":            {at(0).File(bytes.NewReader(make([]byte, MaxInput+1))), "unknown", []ending.Reason{ending.NotACode}},
		"image of nothing":      {at(0).File(strings.NewReader("\x89PNG\r\n\x1a\n")), "unknown", []ending.Reason{ending.NotACode}},
	} {
		var got []ending.Reason
		for _, fault := range c.finding.Faults {
			got = append(got, fault.Reason)
			if fault.Detail == "" {
				t.Errorf("%s: the fault %s is not explained", name, fault.Reason)
			}
		}
		if c.finding.Kind != c.kind || !slices.Equal(got, c.reasons) {
			t.Errorf("%s: %s", name, asJSON(t, c.finding))
		}
	}
}

func unsigned(t *testing.T, bundle []byte) []byte {
	t.Helper()
	_, s, err := peekBundle(bundle)
	if err != nil {
		t.Fatal(err)
	}
	s.Signatures = nil
	return wire.Marshal(s)
}

func TestWithoutABundleTheSignatureIsSaidToBeUnchecked(t *testing.T) {
	o := newObjects(t)
	f := Inspector{Now: noon}.bytes(o.credential, "")
	if len(f.Faults) != 0 || !slices.Contains(f.NotChecked, signatureNotChecked) {
		t.Error(asJSON(t, f))
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	o := newObjects(t)
	i := Inspector{Now: noon}
	key, err := os.ReadFile(filepath.Join(o.bank.Dir, "keys", "issuer.pem"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(key), "\n")
	ticket := enrol.NewTicket("127.0.0.1:4222")
	for name, c := range map[string]struct {
		finding Finding
		secret  string
	}{
		"private key":      {i.File(bytes.NewReader(key)), lines[1]},
		"body of the key":  {i.Text(lines[1] + lines[2]), lines[1]},
		"HPKE key":         {i.Text(base64.StdEncoding.EncodeToString(make([]byte, 32))), "AAAAAAAA"},
		"callout seed":     {i.Text(string(o.bank.CalloutSeed)), string(o.bank.CalloutSeed)},
		"ticket":           {i.Text(ticket.String()), ticket.Secret[:4]},
		"device pseudonym": {i.bytes(o.device, ""), "abcdef"},
	} {
		if strings.Contains(strings.ToLower(asJSON(t, c.finding)), strings.ToLower(c.secret)) {
			t.Errorf("%s: shown in %s", name, asJSON(t, c.finding))
		}
	}
}
