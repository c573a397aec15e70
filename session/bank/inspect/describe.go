// This file owns the JSON of each object: the same field words as in the code,
// bytes in hexadecimal, times in RFC 3339 (UTC).

package inspect

import (
	"encoding/hex"
	"fmt"
	"time"

	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
)

func instant(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }

var roleNames = map[uint8]string{
	trust.RoleIssuer: "issuer", trust.RoleStatus: "status", trust.RoleReport: "report",
	trust.RoleLog: "log", trust.RoleContent: "content", trust.RoleVault: "vault",
}

type describedBundle struct {
	BankID     string           `json:"bank_id"`
	Name       string           `json:"name"`
	Domain     string           `json:"domain"`
	Colour     string           `json:"colour"`
	Version    uint64           `json:"version"`
	Hash       string           `json:"hash"`
	Previous   string           `json:"previous"`
	Roots      []string         `json:"roots"`
	Threshold  uint8            `json:"threshold"`
	Signatures int              `json:"signatures"`
	Words      string           `json:"words"`
	Keys       []describedKey   `json:"keys"`
	Relays     []describedRelay `json:"relays"`
	Suites     []int            `json:"suites"`
	Lines      []string         `json:"lines"`
	MinVersion string           `json:"min_version"`
	Issued     string           `json:"issued"`
	Expiry     string           `json:"expiry"`
}

type describedKey struct {
	Role      string `json:"role"`
	Public    string `json:"public"`
	NotBefore string `json:"not_before"`
	NotAfter  string `json:"not_after"`
}

type describedRelay struct {
	URL     string `json:"url"`
	KeyHash string `json:"key_hash"`
}

func describeBundle(b trust.Bundle, hash [32]byte, signatures int) describedBundle {
	d := describedBundle{
		BankID: hex.EncodeToString(b.BankID[:]), Name: b.Name, Domain: b.Domain, Colour: fmt.Sprintf("#%06X", b.Colour),
		Version: b.Version, Hash: hex.EncodeToString(hash[:]), Previous: hex.EncodeToString(b.Previous),
		Threshold: b.Threshold, Signatures: signatures, Words: wordsOf(b),
		Lines: b.Lines, MinVersion: b.MinVersion, Issued: instant(b.Issued), Expiry: instant(b.Expiry),
	}
	for _, root := range b.Roots {
		d.Roots = append(d.Roots, hex.EncodeToString(root))
	}
	for _, k := range b.Keys {
		d.Keys = append(d.Keys, describedKey{roleName(k.Role), hex.EncodeToString(k.Public), instant(k.NotBefore), instant(k.NotAfter)})
	}
	for _, r := range b.Relays {
		d.Relays = append(d.Relays, describedRelay{r.URL, hex.EncodeToString(r.KeyHash[:])})
	}
	for _, suite := range b.Suites {
		d.Suites = append(d.Suites, int(suite)) // a list of bytes would become base64
	}
	return d
}

func roleName(role uint8) string {
	if name := roleNames[role]; name != "" {
		return name
	}
	return fmt.Sprintf("unknown role %d", role)
}

type describedFrame struct {
	FrameTime  string               `json:"frame_time,omitempty"`
	Core       *describedCore       `json:"core,omitempty"`
	Credential *describedCredential `json:"credential,omitempty"`
}

type describedCore struct {
	OID        string `json:"oid"`
	Code       string `json:"code"`
	Credential string `json:"credential_hash"`
	CallID     string `json:"call_id"`
	Start      string `json:"start"`
	Expiry     string `json:"expiry"`
	Direction  string `json:"direction"`
	Purpose    string `json:"purpose"`
	Line       string `json:"line"`
	Ref        string `json:"ref,omitempty"`
	Suite      uint8  `json:"suite"`
	Keys       string `json:"keys_hash"`
}

func describeCore(c offer.Core) *describedCore {
	oid := c.ID()
	return &describedCore{
		OID: hex.EncodeToString(oid[:]), Code: offer.Groups(offer.Code(oid)),
		Credential: hex.EncodeToString(c.Credential[:]), CallID: hex.EncodeToString(c.CallID[:]),
		Start: instant(c.Start), Expiry: instant(c.Expiry()),
		Direction: c.Direction.String(), Purpose: c.Purpose.String(), Line: c.Line, Ref: hex.EncodeToString(c.Ref),
		Suite: c.Suite, Keys: hex.EncodeToString(c.Keys[:]),
	}
}

type describedCredential struct {
	ID         string   `json:"id"`
	Hash       string   `json:"hash,omitempty"`
	Issuer     string   `json:"issuer"`
	AgentID    uint64   `json:"agent_id"`
	Name       string   `json:"name"`
	Role       string   `json:"role"`
	Department string   `json:"department"`
	NotBefore  string   `json:"not_before"`
	Expiry     string   `json:"expiry"`
	Public     string   `json:"public"`
	Purposes   []string `json:"purposes"`
}

func describeCredential(c *trust.Credential) *describedCredential {
	hash := c.Hash()
	d := &describedCredential{
		ID: hex.EncodeToString(c.ID[:]), Hash: hex.EncodeToString(hash[:]), Issuer: hex.EncodeToString(c.Issuer[:]),
		AgentID: c.AgentID, Name: c.Name, Role: c.Role, Department: c.Department,
		NotBefore: instant(c.NotBefore), Expiry: instant(c.Expiry), Public: hex.EncodeToString(c.Public),
	}
	for _, p := range c.Purposes {
		d.Purposes = append(d.Purposes, p.String())
	}
	return d
}

type describedDevice struct {
	ID        string   `json:"id"`
	Issuer    string   `json:"issuer"`
	Pseudonym string   `json:"pseudonym"`
	Public    string   `json:"public"`
	NotBefore string   `json:"not_before"`
	Expiry    string   `json:"expiry"`
	Lines     []string `json:"lines"`
	Enrolled  string   `json:"enrolled"`
}

// describeDevice leaves the pseudonym out: it is never printed (CP1, objects).
func describeDevice(d *trust.Device) describedDevice {
	return describedDevice{
		ID: hex.EncodeToString(d.ID[:]), Issuer: hex.EncodeToString(d.Issuer[:]), Pseudonym: "present, not shown",
		Public: hex.EncodeToString(d.Public), NotBefore: instant(d.NotBefore), Expiry: instant(d.Expiry), Lines: d.Lines, Enrolled: instant(d.Enrolled),
	}
}

type describedStaple struct {
	Status     string `json:"status_key"`
	Credential string `json:"credential_id"`
	Good       bool   `json:"good"`
	IssuedAt   string `json:"issued_at"`
}

func describeStaple(s *trust.Staple) describedStaple {
	return describedStaple{hex.EncodeToString(s.Status[:]), hex.EncodeToString(s.Credential[:]), s.Good, instant(s.IssuedAt)}
}

type describedContent struct {
	BankID   string                       `json:"bank_id"`
	Version  uint64                       `json:"version"`
	Key      string                       `json:"key"`
	IssuedAt string                       `json:"issued_at"`
	Purposes map[string]map[string]string `json:"purposes"`
	NeverAsk map[string][]string          `json:"never_ask"`
}

func describeContent(c trust.Content) describedContent {
	d := describedContent{
		BankID: hex.EncodeToString(c.BankID[:]), Version: c.Version, Key: hex.EncodeToString(c.Key[:]),
		IssuedAt: instant(c.IssuedAt), Purposes: map[string]map[string]string{}, NeverAsk: c.NeverAsk,
	}
	for _, p := range c.Purposes {
		d.Purposes[p.Purpose.String()] = p.Sentences
	}
	return d
}

type describedCallTicket struct {
	Status     string `json:"status_key"`
	OID        string `json:"oid"`
	CallID     string `json:"call_id"`
	AgentID    uint64 `json:"agent_id"`
	Credential string `json:"credential_id"`
	Device     string `json:"device_id,omitempty"`
	Customer   string `json:"customer_hash"`
	Companion  string `json:"companion"`
	Secure     bool   `json:"secure"`
	IssuedAt   string `json:"issued_at"`
	Expiry     string `json:"expiry"`
}

func describeCallTicket(t relay.Ticket) describedCallTicket {
	return describedCallTicket{
		Status: hex.EncodeToString(t.Status[:]), OID: hex.EncodeToString(t.OID[:]), CallID: hex.EncodeToString(t.CallID[:]),
		AgentID: t.AgentID, Credential: hex.EncodeToString(t.Credential[:]), Device: hex.EncodeToString(t.Device),
		Customer: hex.EncodeToString(t.Customer[:]), Companion: t.Companion, Secure: t.Secure,
		IssuedAt: instant(t.IssuedAt), Expiry: instant(t.Expiry),
	}
}

type describedPrepared struct {
	Status    string `json:"status_key"`
	Reference string `json:"reference"`
	Direction string `json:"direction"`
	Number    string `json:"number,omitempty"`
	Pseudonym string `json:"pseudonym"`
	Line      string `json:"line"`
	Enrolled  bool   `json:"enrolled"`
	HoldUntil string `json:"hold_until,omitempty"`
	IssuedAt  string `json:"issued_at"`
}

func describePrepared(p relay.Prepared) describedPrepared {
	d := describedPrepared{
		Status: hex.EncodeToString(p.Status[:]), Reference: p.Reference, Direction: p.Direction.String(), Number: p.Number,
		Pseudonym: hex.EncodeToString(p.Pseudonym[:]), Line: p.Line, Enrolled: p.Enrolled, IssuedAt: instant(p.IssuedAt),
	}
	if p.HoldUntil != 0 {
		d.HoldUntil = instant(p.HoldUntil)
	}
	return d
}

type describedRenewal struct {
	Device string `json:"credential_id"`
	Nkey   string `json:"nkey"`
	Time   string `json:"time"`
}

func describeRenewal(r relay.Renewal) describedRenewal {
	return describedRenewal{hex.EncodeToString(r.Device[:]), r.Nkey, instant(r.Time)}
}

type describedConnect struct {
	AgentID uint64 `json:"agent_id"`
	Nkey    string `json:"nkey"`
	Time    string `json:"time"`
	KeyHash string `json:"key_hash"`
}

func describeConnect(c relay.Connect) describedConnect {
	return describedConnect{c.AgentID, c.Nkey, instant(c.Time), hex.EncodeToString(c.KeyHash[:])}
}
