// This file owns what an operator is shown of what is on file: one row for each
// agent, customer, device, ticket, hold or report.
//
// Rules: references and telephone numbers are masked unless the operator asks
// for them whole; a row names a customer by an id that tells two apart and says
// nothing; no row holds a secret or a key.

package admin

import (
	"encoding/hex"
	"strconv"
	"time"

	"countersign/session/bank/directory"
	"countersign/session/protocol/wire"
)

// Kind is what rows are about.
type Kind string

// The kinds.
const (
	KindAgent    Kind = "agent"
	KindCustomer Kind = "customer"
	KindDevice   Kind = "device"
	KindTicket   Kind = "ticket"
	KindHold     Kind = "hold"
	KindReport   Kind = "report"
)

// Row is one thing on file. What does not concern its kind is empty. Times are
// RFC 3339, in UTC.
type Row struct {
	Kind Kind `cbor:"1,keyasint" json:"kind"`
	// ID is an agent's number, a ticket's name, the credential id of a device, the
	// id of a report's offer; of a customer or hold it is what CustomerID says.
	ID    string `cbor:"2,keyasint" json:"id"`
	State string `cbor:"3,keyasint" json:"state"`

	Name       string `cbor:"4,keyasint,omitempty" json:"name,omitempty"`
	Role       string `cbor:"5,keyasint,omitempty" json:"role,omitempty"`
	Department string `cbor:"6,keyasint,omitempty" json:"department,omitempty"`

	Agent      string   `cbor:"7,keyasint,omitempty" json:"agent,omitempty"`       // an agent's number
	Customer   string   `cbor:"8,keyasint,omitempty" json:"customer,omitempty"`    // the reference
	CustomerID string   `cbor:"9,keyasint,omitempty" json:"customer_id,omitempty"` // tells customers apart
	Phones     []string `cbor:"10,keyasint,omitempty" json:"phones,omitempty"`
	Devices    []string `cbor:"11,keyasint,omitempty" json:"devices,omitempty"` // those that count, credential ids
	Device     string   `cbor:"12,keyasint,omitempty" json:"device,omitempty"`  // credential id
	Reason     string   `cbor:"13,keyasint,omitempty" json:"reason,omitempty"`  // of CP1, section 10

	Enrolled string `cbor:"14,keyasint,omitempty" json:"enrolled,omitempty"`
	Expires  string `cbor:"15,keyasint,omitempty" json:"expires,omitempty"`
	Until    string `cbor:"16,keyasint,omitempty" json:"until,omitempty"`
	Received string `cbor:"17,keyasint,omitempty" json:"received,omitempty"`

	History []Act `cbor:"18,keyasint,omitempty" json:"history,omitempty"`

	// Record is one record of a backup; its row has nothing else.
	Record *directory.Record `cbor:"19,keyasint,omitempty" json:"-"`
}

// Act is who did what, and when.
type Act struct {
	At   string `cbor:"1,keyasint" json:"at"`
	By   string `cbor:"2,keyasint" json:"by"` // "" if nobody said
	What string `cbor:"3,keyasint" json:"what"`
}

// shower makes rows.
type shower struct {
	whole bool // references and numbers are not masked
	now   time.Time
}

func (s shower) agent(a directory.Agent) *Row {
	state := "active"
	switch {
	case a.Revoked:
		state = "revoked"
	case len(a.Public) == 0:
		state = "invited"
	}
	return &Row{
		Kind: KindAgent, ID: strconv.FormatUint(a.ID, 10), State: state,
		Name: a.Name, Role: a.Role, Department: a.Department, Enrolled: stamp(a.Enrolled), History: history(a.Acts),
	}
}

func (s shower) customer(c directory.Customer) *Row {
	row := &Row{Kind: KindCustomer, ID: customerID(c), State: "no device", Customer: s.reference(c.Ref), History: history(c.Acts)}
	for _, phone := range c.Phones {
		row.Phones = append(row.Phones, s.phone(phone))
	}
	for _, d := range c.Devices {
		if d.Active(s.now) {
			row.State, row.Devices = "active", append(row.Devices, hex.EncodeToString(d.ID[:]))
		}
	}
	return row
}

func (s shower) device(c directory.Customer, d directory.Device) *Row {
	state := "expired"
	switch {
	case d.Revoked:
		state = "revoked"
	case d.Active(s.now):
		state = "active"
	}
	return &Row{
		Kind: KindDevice, ID: hex.EncodeToString(d.ID[:]), State: state, Customer: s.reference(c.Ref), CustomerID: customerID(c),
		Enrolled: stamp(d.Enrolled), Expires: stamp(d.Expiry),
	}
}

func (s shower) ticket(t directory.TicketOnFile) *Row {
	row := &Row{Kind: KindTicket, ID: t.Name, State: string(t.State), Expires: stamp(t.Expires.Unix()), History: history(t.Acts)}
	if t.Customer != nil {
		row.Customer, row.CustomerID = s.reference(t.Customer.Ref), customerID(*t.Customer)
	} else {
		row.Agent = strconv.FormatUint(t.Agent, 10)
	}
	return row
}

func (s shower) hold(h directory.Hold) *Row {
	state := "over"
	if h.Until.After(s.now) {
		state = "on hold"
	}
	return &Row{Kind: KindHold, ID: customerID(h.Customer), State: state, Customer: s.reference(h.Customer.Ref), Until: stamp(h.Until.Unix())}
}

func (s shower) report(r directory.Stop) *Row {
	state := "open"
	if r.Closed {
		state = "closed"
	}
	return &Row{
		Kind: KindReport, ID: hex.EncodeToString(r.Offer[:]), State: state,
		Customer: s.reference(r.Customer.Ref), CustomerID: customerID(r.Customer),
		Device: hex.EncodeToString(r.Device[:]), Reason: string(r.Reason), Received: stamp(r.Received.Unix()), History: history(r.Acts),
	}
}

// tail is how much of something masked is left: of a reference its last two
// characters, if there are at least six, and of a number its last four digits.
func tail(text string, shown, of int) string {
	runes := []rune(text)
	if len(runes) < of {
		return "…"
	}
	return "…" + string(runes[len(runes)-shown:])
}

func (s shower) reference(ref string) string {
	if s.whole {
		return ref
	}
	return tail(ref, 2, 6)
}

func (s shower) phone(number string) string {
	if s.whole {
		return number
	}
	return tail(number, 4, 8)
}

// customerID tells customers apart without saying who they are: it is made of
// the customer's random name.
func customerID(c directory.Customer) string {
	id := wire.H("CP1 directory", c.Pseudonym[:])
	return hex.EncodeToString(id[:8])
}

func history(acts []directory.Act) []Act {
	var shown []Act
	for _, a := range acts {
		shown = append(shown, Act{At: stamp(a.At), By: a.By, What: a.What})
	}
	return shown
}

// stamp is a time, "" for none.
func stamp(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}
