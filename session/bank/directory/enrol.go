// This file owns enrolment: tickets and the two steps by which their holder
// and the bank prove themselves to each other.
//
// Rules: whoever reads the store can neither redeem a ticket nor play the bank;
// nobody without the letter changes anything about a ticket, so no ticket is
// ever locked; whatever cuts an enrolment off, the same key that asks again gets
// the same answer, and no other key does.

package directory

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

const (
	// TicketLifetime is how long a ticket may lie unused: time for a letter to arrive.
	TicketLifetime = 7 * 24 * time.Hour
	// HelloLifetime is how long the second step of an enrolment may take.
	HelloLifetime = 60 * time.Second
	// DeviceLifetime is how long after its enrolment a device counts, however
	// often its credential is signed afresh. A device that is lost is revoked;
	// the end only keeps forgotten ones from living for ever.
	DeviceLifetime = trust.MaxDevice

	// A ticket's name is given to another ticket this long after its expiry, so
	// that an old letter is told that it has expired and not that it is wrong.
	nameRest = 30 * 24 * time.Hour
	// Names are 20 bits; so many tries find a free one while any are left.
	maxNames = 64
	// Enrolments begun and not finished, over all connections.
	maxHellos = 4096
)

var ticketName = regexp.MustCompile(`^[A-Z2-7]{4}$`) // RFC 4648, base 32

// ticket is what the bank keeps of a ticket, and of the one enrolment that it
// was for. Exactly one of Agent and Customer says who may enrol with it.
type ticket struct {
	// Public checks the holder's proof; what signs it is on the letter alone.
	Public   []byte `cbor:"1,keyasint"`
	Agent    uint64 `cbor:"2,keyasint,omitempty"`
	Customer string `cbor:"3,keyasint,omitempty"` // key of the customer's record
	Epoch    uint64 `cbor:"4,keyasint"`           // the agent's or customer's when the ticket was made
	Expiry   int64  `cbor:"5,keyasint"`           // Unix seconds
	// RootsHash is the bank's when the ticket was made, and Proof vouches for
	// it: enrol.Keys.ServerProof, whose key was forgotten with the secret.
	RootsHash [32]byte `cbor:"6,keyasint"`
	Proof     [32]byte `cbor:"7,keyasint"`
	// UsedBy is the key that redeemed the ticket, at UsedAt; empty until then.
	// The enrolment may still have to be finished: see enrolAgent, enrolDevice.
	UsedBy []byte   `cbor:"8,keyasint,omitempty"`
	UsedAt int64    `cbor:"9,keyasint,omitempty"`  // Unix seconds
	Device [16]byte `cbor:"10,keyasint"`           // then, of a customer's: the device's credential id
	Acts   []Act    `cbor:"20,keyasint,omitempty"` // who made it
}

// openTo says whether this key may enrol with the ticket. The key that redeemed
// it may ask again, also after its expiry: the answer was lost. Reasons:
// ticket_used, ticket_expired.
func (t ticket) openTo(public []byte, now time.Time) error {
	switch {
	case len(t.UsedBy) != 0 && bytes.Equal(t.UsedBy, public):
		return nil
	case len(t.UsedBy) != 0:
		return ending.Because(ending.TicketUsed, "")
	case now.Unix() > t.Expiry:
		return ending.Because(ending.TicketExpired, "")
	}
	return nil
}

func ticketKey(name string) string { return "ticket." + name }

// newTicket makes a ticket with a name that is free.
func (d *Directory) newTicket(ctx context.Context, t ticket) (enrol.Ticket, time.Time, error) {
	expires := d.now().Add(TicketLifetime)
	t.Expiry, t.RootsHash, t.Acts = expires.Unix(), d.bank.Bundle.RootsHash(), d.note(ctx, nil, "made")
	for range maxNames {
		paper := enrol.NewTicket(d.bank.RelayAddress())
		old, revision, err := readRevision[ticket](ctx, d, ticketKey(paper.Name))
		switch {
		case ending.Of(err, "") == ending.UnknownCode:
			revision = 0 // nobody has this name
		case err != nil:
			return enrol.Ticket{}, time.Time{}, err
		case d.now().Before(time.Unix(old.Expiry, 0).Add(nameRest)):
			continue
		}
		keys, err := paper.Keys()
		if err != nil {
			return enrol.Ticket{}, time.Time{}, err
		}
		t.Public, t.Proof = keys.Public(), keys.ServerProof(t.RootsHash, d.bank.Bundle.BankID)
		_, err = d.kv.Update(ctx, ticketKey(paper.Name), wire.Marshal(t), revision)
		if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			continue // somebody was faster with the same name
		}
		if err != nil {
			return enrol.Ticket{}, time.Time{}, fmt.Errorf("writing to the directory: %w", err)
		}
		return paper, expires, nil
	}
	return enrol.Ticket{}, time.Time{}, errors.New("too many tickets are out: wait until some have expired")
}

// helloName is who began an enrolment with which ticket.
type helloName struct{ nkey, ticket string }

// hello is the first step, kept in memory until the second: a stranger can
// begin as many as the limits allow without writing to the disk.
type hello struct {
	public      []byte
	clientNonce [32]byte
	serverNonce [32]byte
	rootsHash   [32]byte // the ticket's
	agent       bool
	begun       time.Time
}

// Hello is the first step of an enrolment. It names the roots that the bank had
// when the ticket was made, which only the second step proves. Reasons:
// unknown_code, ticket_used, ticket_expired, forged (the key is no key), busy.
func (d *Directory) Hello(ctx context.Context, nkey string, r relay.EnrolHelloRequest) (relay.EnrolHelloAnswer, error) {
	if _, err := wire.ParsePoint(r.Public); err != nil {
		return relay.EnrolHelloAnswer{}, ending.Because(ending.Forged, "not a public key")
	}
	t, err := d.readTicket(ctx, r.Ticket)
	if err != nil {
		return relay.EnrolHelloAnswer{}, err
	}
	if r.Agent != (t.Agent != 0) {
		return relay.EnrolHelloAnswer{}, ending.Because(ending.UnknownCode, "the ticket is for the other kind of program")
	}
	if err := t.openTo(r.Public, d.now()); err != nil {
		return relay.EnrolHelloAnswer{}, err
	}
	h := hello{public: slices.Clone(r.Public), clientNonce: r.Nonce, rootsHash: t.RootsHash, agent: r.Agent, begun: d.now()}
	rand.Read(h.serverNonce[:]) // never fails since Go 1.24: the program ends instead
	if err := d.remember(helloName{nkey, r.Ticket}, h); err != nil {
		return relay.EnrolHelloAnswer{}, err
	}
	return relay.EnrolHelloAnswer{BankID: d.bank.Bundle.BankID, RootsHash: t.RootsHash, Nonce: h.serverNonce}, nil
}

func (d *Directory) readTicket(ctx context.Context, name string) (ticket, error) {
	if !ticketName.MatchString(name) {
		return ticket{}, ending.Because(ending.UnknownCode, "not a ticket's name")
	}
	return read[ticket](ctx, d, ticketKey(name))
}

// remember keeps a hello, replacing the same client's earlier one.
func (d *Directory) remember(name helloName, h hello) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, again := d.hellos[name]; !again && len(d.hellos) >= maxHellos {
		d.forgetOldHellos()
		if len(d.hellos) >= maxHellos {
			return ending.Because(ending.Busy, "too many enrolments at once")
		}
	}
	d.hellos[name] = h
	return nil
}

func (d *Directory) forgetOldHellos() {
	for name, h := range d.hellos {
		if h.over(d.now()) {
			delete(d.hellos, name)
		}
	}
}

func (h hello) over(now time.Time) bool { return now.Sub(h.begun) > HelloLifetime }

// recall takes a hello out: its nonce serves one proof.
func (d *Directory) recall(name helloName) (hello, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h, ok := d.hellos[name]
	delete(d.hellos, name)
	if !ok || h.over(d.now()) {
		return hello{}, ending.Because(ending.Forged, "this connection did not begin an enrolment within the last minute")
	}
	return h, nil
}

// Prove is the second step. The client proves that it knows the ticket's
// secret and holds its key; the bank answers with its own proof and what a
// client needs. The ticket is used up before anything is answered, by this key:
// asked again with the same key, whatever was cut off in between, it gives the
// same answer. Reasons: unknown_code (wrong secret), ticket_used,
// ticket_expired, forged, revoked, busy.
func (d *Directory) Prove(ctx context.Context, nkey string, r relay.EnrolProveRequest) (relay.EnrolProveAnswer, error) {
	h, err := d.recall(helloName{nkey, r.Ticket})
	if err != nil {
		return relay.EnrolProveAnswer{}, err
	}
	transcript := enrol.Transcript(h.rootsHash, d.bank.Bundle.BankID, h.public, h.clientNonce, h.serverNonce, h.agent)
	if err := checkPossession(h.public, transcript, r.Possession); err != nil {
		return relay.EnrolProveAnswer{}, err
	}
	t, err := d.redeem(ctx, r.Ticket, h.public, transcript, r.Proof)
	if err != nil {
		return relay.EnrolProveAnswer{}, err
	}
	answer := relay.EnrolProveAnswer{Proof: t.Proof, Bundles: d.bank.Lineage, Content: d.bank.Content}
	if t.Agent != 0 {
		err = d.enrolAgent(ctx, t, &answer)
	} else {
		err = d.enrolDevice(ctx, t, &answer)
	}
	if err != nil {
		return relay.EnrolProveAnswer{}, err
	}
	return answer, nil
}

// checkPossession comes before the secret is looked at, so that its result
// tells nothing of the secret. Reason: forged.
func checkPossession(public []byte, transcript [32]byte, possession []byte) error {
	key, err := wire.ParsePoint(public)
	if err != nil {
		return ending.Because(ending.Forged, "not a public key")
	}
	signed, err := wire.Verify(wire.LabelPossession, key, possession, wire.MaxObject)
	if err != nil || !slices.Equal(signed, transcript[:]) {
		return ending.Because(ending.Forged, "possession of the key is not proven")
	}
	return nil
}

// redeem checks the proof and writes whose the ticket is now: of many keys at
// once only one wins. A wrong proof changes nothing.
func (d *Directory) redeem(ctx context.Context, name string, public []byte, transcript [32]byte, proof []byte) (ticket, error) {
	t, err := d.readTicket(ctx, name)
	if err != nil {
		return ticket{}, err
	}
	if err := enrol.CheckClientProof(t.Public, transcript, proof); err != nil {
		return ticket{}, err
	}
	if bytes.Equal(t.UsedBy, public) {
		return t, nil // asked again
	}
	device := newID()
	used, err := change(ctx, d, ticketKey(name), func(t *ticket) error {
		if err := t.openTo(public, d.now()); err != nil || len(t.UsedBy) != 0 {
			return err
		}
		t.UsedBy, t.UsedAt = public, d.now().Unix()
		if t.Agent == 0 {
			t.Device = device
		}
		return nil
	})
	if err == nil {
		// A ticket is used up whether or not a restore will know: Health says if not.
		_ = d.ended(ctx, Ended{Ticket: ticketMark(name, used.Public)})
	}
	return used, err
}

// enrolAgent gives the agent of a redeemed ticket its key, unless it has it. A
// key that was replaced since does not come back. Reasons: revoked, unknown_code.
func (d *Directory) enrolAgent(ctx context.Context, t ticket, answer *relay.EnrolProveAnswer) error {
	allowed := func(a Agent) error {
		if a.Revoked || a.Epoch != t.Epoch || len(a.Public) != 0 && !bytes.Equal(a.Public, t.UsedBy) {
			return ending.Because(ending.Revoked, "the agent, or this computer of the agent's, was revoked")
		}
		return nil
	}
	a, err := d.Agent(ctx, t.Agent)
	if err == nil {
		err = allowed(a)
	}
	if err == nil && len(a.Public) == 0 {
		a, err = change(ctx, d, agentKey(t.Agent), func(a *Agent) error {
			if err := allowed(*a); err != nil {
				return err
			}
			a.Public, a.Enrolled = t.UsedBy, t.UsedAt
			return nil
		})
	}
	if err != nil {
		return err
	}
	answer.AgentID = a.ID
	if d.bank.TOTP {
		answer.TOTP, err = d.unusedFactor(ctx, a)
	}
	return err
}

// enrolDevice puts the device of a redeemed ticket on file, unless it is there,
// and signs its credential. Reasons: revoked, busy, unknown_code.
func (d *Directory) enrolDevice(ctx context.Context, t ticket, answer *relay.EnrolProveAnswer) error {
	c, err := read[Customer](ctx, d, t.Customer)
	if err != nil {
		return err
	}
	if _, known := c.Device(t.Device); !known {
		if c, err = d.addDevice(ctx, t); err != nil {
			return err
		}
	}
	now := d.now()
	device, known := c.Device(t.Device)
	if !known || !device.Active(now) {
		return ending.Because(ending.Revoked, "the device was revoked")
	}
	answer.Credential, err = d.signDevice(c, device, now)
	return err
}

func (d *Directory) addDevice(ctx context.Context, t ticket) (Customer, error) {
	err := create(ctx, d, credentialKey(t.Device), holder{Customer: t.Customer})
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return Customer{}, err
	}
	device := Device{ID: t.Device, Public: t.UsedBy, Enrolled: t.UsedAt, Expiry: time.Unix(t.UsedAt, 0).Add(DeviceLifetime).Unix()}
	return change(ctx, d, t.Customer, func(c *Customer) error {
		_, known := c.Device(t.Device)
		switch {
		case known:
			return nil // the same key asked twice at once
		case c.Epoch != t.Epoch:
			return ending.Because(ending.Revoked, "the customer's devices and tickets were revoked")
		case len(c.Devices) >= maxDevices:
			return ending.Because(ending.Busy, "the customer has enrolled too many devices")
		}
		c.Devices = append(c.Devices, device)
		return nil
	})
}
