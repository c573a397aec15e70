// Package admin owns what the operator of a bank's server asks of the
// directory: adding, changing, listing, reissuing and revoking agents and
// customers, and dealing with reports. It does it on the directory itself, or has the running server do it through a socket in the
// bank's folder, so that the same command works in both cases.
//
// It must not know of flags, of what is printed, or of the network: the
// program countersignd does that.
//
// Rules: the socket serves programs of the same account on the same computer
// and nobody else; every request has a size limit and a deadline; a fault is
// one sentence that says what to do, and never names a secret.
package admin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/session/bank"
	"countersign/session/bank/directory"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/trust"
)

// Op is what the operator asks for.
type Op string

// The operations.
const (
	AddAgent       Op = "agent add"
	RevokeAgent    Op = "agent revoke"
	AddCustomer    Op = "customer add"
	RevokeCustomer Op = "customer revoke"
	ChangeCustomer Op = "customer change"

	ReissueAgent    Op = "agent reissue"
	ReissueCustomer Op = "customer reissue"

	List   Op = "list"   // all of Kind, a row each
	Show   Op = "show"   // the one of Kind that the request names
	Follow Op = "follow" // open reports, and then each as it comes
	Close  Op = "report close"

	Snapshot  Op = "snapshot"     // all records as they are at one moment
	MakeDraft Op = "bank draft"   // the next bundle, for the roots to sign
	Publish   Op = "bank publish" // what they signed
	Health    Op = "health"       // whether what the server is told can be kept
)

// Request is one command of the operator.
type Request struct {
	Op Op `cbor:"1,keyasint"`

	// Of an agent. To revoke, either AgentID or the name is given; role and
	// department then tell agents of one name apart.
	AgentID    uint64 `cbor:"2,keyasint,omitempty"`
	Name       string `cbor:"3,keyasint,omitempty"`
	Role       string `cbor:"4,keyasint,omitempty"`
	Department string `cbor:"5,keyasint,omitempty"`

	// Of a customer. To revoke one device, Device is its credential id (16
	// bytes); without it all devices and open tickets are revoked.
	Reference string   `cbor:"6,keyasint,omitempty"`
	Phones    []string `cbor:"7,keyasint,omitempty"`
	Device    []byte   `cbor:"8,keyasint,omitempty"`

	// Of List and Show: what, which one, and whether references and numbers are
	// told whole. Of Close: which report, and a few words about it.
	Kind  Kind   `cbor:"9,keyasint,omitempty"`
	ID    string `cbor:"10,keyasint,omitempty"`
	Whole bool   `cbor:"11,keyasint,omitempty"`
	Note  string `cbor:"12,keyasint,omitempty"`

	// By is who asks, as far as this computer knows. It is kept with what is changed.
	By string `cbor:"13,keyasint,omitempty"`

	// Of MakeDraft and Publish.
	Renewal *bank.Renewal `cbor:"14,keyasint,omitempty"`
	Signed  []byte        `cbor:"15,keyasint,omitempty"`
}

// Answer is what came of a request. A Fault is set alone. Of List, Show and
// Follow there are several: one for each row, and a last one without.
type Answer struct {
	Fault string `cbor:"1,keyasint,omitempty"`

	// Of an added agent or customer.
	Ticket  string `cbor:"2,keyasint,omitempty"`
	Words   string `cbor:"3,keyasint,omitempty"` // the eight words of the bank's roots
	Expires int64  `cbor:"4,keyasint,omitempty"` // Unix seconds

	// Of a change or revocation: a sentence about what was done.
	Done string `cbor:"5,keyasint,omitempty"`

	// Of List, Show and Follow.
	Row *Row `cbor:"6,keyasint,omitempty"`

	// More says that another answer follows.
	More bool `cbor:"7,keyasint,omitempty"`

	// Of MakeDraft: what the roots sign, and sentences for the operator.
	Payload []byte   `cbor:"8,keyasint,omitempty"`
	Notes   []string `cbor:"9,keyasint,omitempty"`

	// Renewed says that the bank's folder holds another bundle than before.
	Renewed bool `cbor:"10,keyasint,omitempty"`
}

// Do carries out a request on the directory of a bank. Rows go to each; nil
// wants none.
func Do(ctx context.Context, b *bank.Bank, d *directory.Directory, r Request, each func(*Row) error) Answer {
	if each == nil {
		each = func(*Row) error { return nil }
	}
	answer, err := do(directory.As(ctx, r.By), b, d, r, each)
	if err != nil {
		return Answer{Fault: sentence(err)}
	}
	return answer
}

// sentence is a fault as the operator reads it: what is said for operators, and
// not how it was wrapped for clients.
func sentence(err error) string {
	var known *ending.Error
	if errors.As(err, &known) && known.Reason == ending.Busy && known.Detail != "" {
		return known.Detail
	}
	return err.Error()
}

func do(ctx context.Context, b *bank.Bank, d *directory.Directory, r Request, each func(*Row) error) (Answer, error) {
	switch r.Op {
	case List:
		return Answer{}, list(ctx, d, r, each)
	case Show:
		return Answer{}, show(ctx, d, r, each)
	case Follow:
		return Answer{}, follow(ctx, d, r, each)
	case Close:
		return closeReport(ctx, d, r)
	case Snapshot:
		return Answer{}, snapshot(ctx, d, each)
	case MakeDraft:
		return draft(ctx, b, d, r)
	case Publish:
		return publish(b, d, r)
	case ReissueAgent:
		return reissueAgent(ctx, b, d, r)
	case ReissueCustomer:
		return reissueCustomer(ctx, b, d, r)
	case AddAgent:
		ticket, expires, err := d.AddAgent(ctx, r.Name, r.Role, r.Department)
		return invitation(b, ticket, expires, err)
	case AddCustomer:
		ticket, expires, err := d.AddCustomer(ctx, r.Reference, r.Phones)
		return invitation(b, ticket, expires, err)
	case ChangeCustomer:
		return changeCustomer(ctx, d, r)
	case RevokeAgent:
		return revokeAgent(ctx, d, r)
	case RevokeCustomer:
		return revokeCustomer(ctx, d, r)
	case Health:
		return Answer{Done: "ok: the server answers and can keep what it is told"}, d.Health(ctx)
	}
	return Answer{}, fmt.Errorf("the server does not know the command %q: use countersignd of the same version", string(r.Op))
}

// invitation answers with the ticket that the directory made, or failed to make.
func invitation(b *bank.Bank, ticket enrol.Ticket, expires time.Time, err error) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	roots := trust.RootsHash(b.Bundle.Roots, int(b.Bundle.Threshold))
	return Answer{Ticket: ticket.String(), Words: strings.Join(enrol.Words(roots), " "), Expires: expires.Unix()}, nil
}

func revokeAgent(ctx context.Context, d *directory.Directory, r Request) (Answer, error) {
	id, err := agentMeant(ctx, d, r)
	if err != nil {
		return Answer{}, err
	}
	if err := d.RevokeAgent(ctx, id); err != nil {
		return Answer{}, unknown(err, "no agent has the number %d", id)
	}
	return Answer{Done: fmt.Sprintf("revoked agent %d", id)}, nil
}

// agentMeant finds the one agent that the operator means. A revocation is
// final, so it is never done to the first of several.
func agentMeant(ctx context.Context, d *directory.Directory, r Request) (uint64, error) {
	if r.AgentID != 0 {
		return r.AgentID, nil
	}
	found, err := d.FindAgents(ctx, r.Name, r.Role, r.Department)
	if err != nil {
		return 0, err
	}
	var active []string
	var id uint64
	for _, a := range found {
		if !a.Revoked {
			id = a.ID
			active = append(active, fmt.Sprintf("%d (%s, %s)", a.ID, a.Role, a.Department))
		}
	}
	switch len(active) {
	case 0:
		return 0, fmt.Errorf("no active agent is called %q: check the name as it was given to agent add", r.Name)
	case 1:
		return id, nil
	}
	return 0, fmt.Errorf("several agents are called %q: say which by --id: %s", r.Name, strings.Join(active, ", "))
}

func revokeCustomer(ctx context.Context, d *directory.Directory, r Request) (Answer, error) {
	c, err := d.Customer(ctx, r.Reference)
	if err != nil {
		return Answer{}, unknown(err, "no customer has the reference %q", r.Reference)
	}
	if len(r.Device) == 0 {
		devices, err := d.RevokeCustomer(ctx, r.Reference)
		return Answer{Done: fmt.Sprintf("revoked all devices (%d) and open tickets of this customer", devices)}, err
	}
	id, err := deviceMeant(r)
	if err != nil {
		return Answer{}, err
	}
	if _, known := c.Device(id); !known {
		return Answer{}, fmt.Errorf("the customer has no device %s", hex.EncodeToString(r.Device))
	}
	return Answer{Done: "revoked device " + hex.EncodeToString(r.Device)}, d.RevokeDevice(ctx, id)
}

// deviceMeant is the credential id of a request.
func deviceMeant(r Request) ([16]byte, error) {
	if len(r.Device) != 16 {
		return [16]byte{}, errors.New("a device's id is 32 hexadecimal digits")
	}
	return [16]byte(r.Device), nil
}

func reissueAgent(ctx context.Context, b *bank.Bank, d *directory.Directory, r Request) (Answer, error) {
	id, err := agentMeant(ctx, d, r)
	if err != nil {
		return Answer{}, err
	}
	ticket, expires, err := d.ReissueAgent(ctx, id)
	return invitation(b, ticket, expires, unknown(err, "no agent has the number %d", id))
}

func reissueCustomer(ctx context.Context, b *bank.Bank, d *directory.Directory, r Request) (Answer, error) {
	if _, err := d.Customer(ctx, r.Reference); err != nil {
		return Answer{}, unknown(err, "no customer has the reference %q", r.Reference)
	}
	var device *[16]byte
	if len(r.Device) != 0 {
		id, err := deviceMeant(r)
		if err != nil {
			return Answer{}, err
		}
		device = &id
	}
	ticket, expires, err := d.ReissueCustomer(ctx, r.Reference, device)
	return invitation(b, ticket, expires, unknown(err, "the customer has no device %s", hex.EncodeToString(r.Device)))
}

func changeCustomer(ctx context.Context, d *directory.Directory, r Request) (Answer, error) {
	if err := d.ChangePhones(ctx, r.Reference, r.Phones); err != nil {
		return Answer{}, unknown(err, "no customer has the reference %q", r.Reference)
	}
	return Answer{Done: fmt.Sprintf("changed the numbers on file (%d): devices of this customer learn of it at their next check", len(r.Phones))}, nil
}

// unknown turns the directory's "not in the directory" into the sentence that
// helps; other errors are faults of the store and stay as they are.
func unknown(err error, format string, args ...any) error {
	if ending.Of(err, "") == ending.UnknownCode {
		return fmt.Errorf(format, args...)
	}
	return err
}
