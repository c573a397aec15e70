// This file owns enrolment: tickets and the two steps by which their holder
// and the bank prove to each other that they know the ticket's secret.

package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/ending"
	"countersign/session/enrol"
	"countersign/session/relay"
	"countersign/session/trust"
	"countersign/session/wire"
)

const (
	// TicketLifetime is how long a ticket may lie unused: time for a letter to arrive.
	TicketLifetime = 7 * 24 * time.Hour
	// MaxFailures is how many wrong secrets lock a ticket.
	MaxFailures = 3
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

// ticket is what the bank keeps of a ticket. Exactly one of Agent and Customer
// says who may enrol with it.
type ticket struct {
	Key      [32]byte `cbor:"1,keyasint"` // Argon2id of the secret, which is not kept
	Agent    uint64   `cbor:"2,keyasint,omitempty"`
	Customer string   `cbor:"3,keyasint,omitempty"` // key of the customer's record
	Epoch    uint64   `cbor:"4,keyasint"`           // the agent's or customer's when the ticket was made
	Expiry   int64    `cbor:"5,keyasint"`           // Unix seconds
	Failures uint8    `cbor:"6,keyasint"`
	Used     bool     `cbor:"7,keyasint"`
	Acts     []Act    `cbor:"20,keyasint,omitempty"` // who made it
}

// open says whether somebody may still enrol with the ticket. Reasons:
// ticket_used, ticket_locked, ticket_expired.
func (t ticket) open(now time.Time) error {
	switch {
	case t.Used:
		return ending.Because(ending.TicketUsed, "")
	case t.Failures >= MaxFailures:
		return ending.Because(ending.TicketLocked, "")
	case now.Unix() > t.Expiry:
		return ending.Because(ending.TicketExpired, "")
	}
	return nil
}

func ticketKey(name string) string { return "ticket." + name }

// newTicket makes a ticket with a name that is free.
func (d *Directory) newTicket(ctx context.Context, t ticket) (enrol.Ticket, time.Time, error) {
	expires := d.now().Add(TicketLifetime)
	t.Expiry, t.Acts = expires.Unix(), d.note(ctx, nil, "made")
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
		t.Key = paper.Key()
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
	agent       bool
	begun       time.Time
}

// Hello is the first step of an enrolment. It names the bank's roots, which
// only the second step proves. Reasons: unknown_code, ticket_used,
// ticket_locked, ticket_expired, forged (the key is no key), busy.
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
	if err := t.open(d.now()); err != nil {
		return relay.EnrolHelloAnswer{}, err
	}
	h := hello{public: slices.Clone(r.Public), clientNonce: r.Nonce, agent: r.Agent, begun: d.now()}
	rand.Read(h.serverNonce[:]) // never fails since Go 1.24: the program ends instead
	if err := d.remember(helloName{nkey, r.Ticket}, h); err != nil {
		return relay.EnrolHelloAnswer{}, err
	}
	b := d.bank.Bundle
	return relay.EnrolHelloAnswer{BankID: b.BankID, Roots: b.Roots, Threshold: b.Threshold, Nonce: h.serverNonce}, nil
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
// client needs. The ticket is used up, or one failure nearer to its lock,
// before anything is answered. Reasons: unknown_code (wrong secret),
// ticket_locked (with the third one), ticket_used, ticket_expired, forged,
// revoked.
func (d *Directory) Prove(ctx context.Context, nkey string, r relay.EnrolProveRequest) (relay.EnrolProveAnswer, error) {
	h, err := d.recall(helloName{nkey, r.Ticket})
	if err != nil {
		return relay.EnrolProveAnswer{}, err
	}
	b := d.bank.Bundle
	transcript := enrol.Transcript(b.RootsHash(), b.BankID, h.public, h.clientNonce, h.serverNonce, h.agent)
	if err := checkPossession(h.public, transcript, r.Possession); err != nil {
		return relay.EnrolProveAnswer{}, err
	}
	t, err := d.redeem(ctx, r.Ticket, transcript, r.Proof)
	if err != nil {
		return relay.EnrolProveAnswer{}, err
	}
	answer := relay.EnrolProveAnswer{
		Proof:   enrol.ServerProof(t.Key, transcript),
		Bundles: d.bank.Lineage,
		Content: d.bank.Content,
	}
	if t.Agent != 0 {
		err = d.enrolAgent(ctx, t, h.public, &answer)
	} else {
		err = d.enrolDevice(ctx, t, h.public, &answer)
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

// redeem checks the proof and writes what came of it: of many proofs at once
// only three wrong ones are ever judged, and only one right one wins.
func (d *Directory) redeem(ctx context.Context, name string, transcript, proof [32]byte) (ticket, error) {
	var wrong error
	t, err := change(ctx, d, ticketKey(name), func(t *ticket) error {
		wrong = nil
		if err := t.open(d.now()); err != nil {
			return err
		}
		if enrol.SameProof(enrol.ClientProof(t.Key, transcript), proof) {
			t.Used = true
			return nil
		}
		t.Failures++
		wrong = ending.Because(ending.UnknownCode, "wrong secret")
		if t.Failures >= MaxFailures {
			wrong = ending.Because(ending.TicketLocked, "third wrong secret")
		}
		return nil
	})
	if err != nil {
		return ticket{}, err
	}
	return t, wrong
}

func (d *Directory) enrolAgent(ctx context.Context, t ticket, public []byte, answer *relay.EnrolProveAnswer) error {
	a, err := d.Agent(ctx, t.Agent)
	if err != nil {
		return err
	}
	if a.Epoch != t.Epoch { // before the second factor is given anew
		return ending.Because(ending.Revoked, "the agent was given another ticket since")
	}
	if d.bank.TOTP {
		if answer.TOTP, err = d.newFactor(ctx, a); err != nil {
			return err
		}
	}
	answer.AgentID = a.ID
	_, err = change(ctx, d, agentKey(a.ID), func(a *Agent) error {
		switch {
		case a.Revoked:
			return ending.Because(ending.Revoked, "the agent was revoked before enrolling")
		case a.Epoch != t.Epoch:
			return ending.Because(ending.Revoked, "the agent was given another ticket since")
		}
		a.Public, a.Enrolled = public, d.now().Unix()
		return nil
	})
	return err
}

func (d *Directory) enrolDevice(ctx context.Context, t ticket, public []byte, answer *relay.EnrolProveAnswer) error {
	now := d.now()
	device := Device{ID: newID(), Public: public, Enrolled: now.Unix(), Expiry: now.Add(DeviceLifetime).Unix()}
	if err := create(ctx, d, credentialKey(device.ID), holder{Customer: t.Customer}); err != nil {
		return err
	}
	c, err := change(ctx, d, t.Customer, func(c *Customer) error {
		switch {
		case c.Epoch != t.Epoch:
			return ending.Because(ending.Revoked, "the customer's devices and tickets were revoked")
		case len(c.Devices) >= maxDevices:
			return ending.Because(ending.Busy, "the customer has enrolled too many devices")
		}
		c.Devices = append(c.Devices, device)
		return nil
	})
	if err != nil {
		return err
	}
	answer.Credential, err = d.signDevice(c, device, now)
	return err
}
