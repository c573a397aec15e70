// This file owns reading the directory as a whole: every agent, customer,
// ticket, hold and report on file, for the operator. Nothing is written here.

package directory

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
)

// TicketState is whether somebody may still enrol with a ticket.
type TicketState string

// The states of a ticket. A void one was revoked together with whom it is for.
const (
	TicketOpen    TicketState = "open"
	TicketUsed    TicketState = "used"
	TicketExpired TicketState = "expired"
	TicketVoid    TicketState = "void"
)

// TicketOnFile is what the bank knows of a ticket it gave out; never its secret.
type TicketOnFile struct {
	Name     string    // the first four characters on the paper
	Agent    uint64    // whose it is, or
	Customer *Customer // whose it is
	Expires  time.Time
	State    TicketState
	Acts     []Act
}

// Hold is the newest hold of a customer, over or not.
type Hold struct {
	Customer Customer
	Until    time.Time
}

// Stop is a stop report that counted.
type Stop struct {
	Offer    offer.ID
	Customer Customer
	Device   [16]byte
	Reason   ending.Reason
	Received time.Time
	Closed   bool
	Acts     []Act
}

// Agents calls each with every agent on file, in no order.
func (d *Directory) Agents(ctx context.Context, each func(Agent) error) error {
	return walk(ctx, d, "agent.", func(_ string, a Agent) error { return each(a) })
}

// Customers calls each with every customer on file, in no order.
func (d *Directory) Customers(ctx context.Context, each func(Customer) error) error {
	return walk(ctx, d, "customer.", func(_ string, c Customer) error { return each(c) })
}

// Tickets calls each with every ticket that the bank remembers, in no order.
func (d *Directory) Tickets(ctx context.Context, each func(TicketOnFile) error) error {
	return walk(ctx, d, "ticket.", func(name string, t ticket) error {
		shown, err := d.ticketOnFile(ctx, name, t)
		if err != nil {
			return err
		}
		return each(shown)
	})
}

// Ticket returns the ticket with this name. Reason: unknown_code.
func (d *Directory) Ticket(ctx context.Context, name string) (TicketOnFile, error) {
	t, err := d.readTicket(ctx, name)
	if err != nil {
		return TicketOnFile{}, err
	}
	return d.ticketOnFile(ctx, name, t)
}

func (d *Directory) ticketOnFile(ctx context.Context, name string, t ticket) (TicketOnFile, error) {
	shown := TicketOnFile{Name: name, Agent: t.Agent, Expires: time.Unix(t.Expiry, 0), State: TicketOpen, Acts: t.Acts}
	void := false
	if t.Agent != 0 {
		a, err := d.Agent(ctx, t.Agent)
		if err != nil {
			return shown, err
		}
		void = a.Revoked || a.Epoch != t.Epoch
	} else {
		c, err := read[Customer](ctx, d, t.Customer)
		if err != nil {
			return shown, err
		}
		shown.Customer, void = &c, c.Epoch != t.Epoch
	}
	switch reason := ending.Of(t.openTo(nil, d.now()), ""); {
	case reason == ending.TicketUsed:
		shown.State = TicketUsed
	case void:
		shown.State = TicketVoid
	case reason != "":
		shown.State = TicketExpired
	}
	return shown, nil
}

// Holds calls each with the newest hold of every customer who had one, in no order.
func (d *Directory) Holds(ctx context.Context, each func(Hold) error) error {
	return walk(ctx, d, "hold.", func(name string, h hold) error {
		pseudonym, err := hex.DecodeString(name)
		if err != nil || len(pseudonym) != 16 {
			return errors.New("a hold of the directory is damaged")
		}
		c, err := d.CustomerOf(ctx, [16]byte(pseudonym))
		if err != nil {
			return err
		}
		return each(Hold{Customer: c, Until: time.Unix(h.Until, 0)})
	})
}

// Stops calls each with every stop report that counted, in no order.
func (d *Directory) Stops(ctx context.Context, each func(Stop) error) error {
	return walk(ctx, d, "report.", d.stopped(ctx, each))
}

// FollowStops calls each with every stop report on file and then with each that
// comes or changes, until each fails or ctx ends. Between them it calls idle,
// at least every so often.
func (d *Directory) FollowStops(ctx context.Context, often time.Duration, each func(Stop) error, idle func() error) error {
	w, err := d.kv.Watch(ctx, "report.*", jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("reading the directory: %w", err)
	}
	defer func() { _ = w.Stop() }()
	beat := time.NewTicker(often)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
			if err := idle(); err != nil {
				return err
			}
		case entry, ok := <-w.Updates():
			if !ok {
				return errors.New("reading the directory: the store is closed")
			}
			if entry == nil {
				continue // what was on file has all been told
			}
			if err := tell(entry, "report.", d.stopped(ctx, each)); err != nil {
				return err
			}
		}
	}
}

// Stop returns the stop report about an offer. Reason: unknown_code.
func (d *Directory) Stop(ctx context.Context, oid offer.ID) (shown Stop, err error) {
	s, err := read[stop](ctx, d, reportKey(oid))
	if err != nil {
		return Stop{}, err
	}
	return d.stopOnFile(ctx, oid, s)
}

// CloseReport says that the bank has dealt with a report. It lifts no hold: that
// ends by itself. Reason: unknown_code.
func (d *Directory) CloseReport(ctx context.Context, oid offer.ID, note string) error {
	if len([]rune(note)) > maxNote || strings.ContainsFunc(note, unprintable) {
		return fmt.Errorf("a note has at most %d printable characters, in one line", maxNote)
	}
	what := "closed"
	if note != "" {
		what += ": " + note
	}
	_, err := change(ctx, d, reportKey(oid), func(s *stop) error {
		if s.Closed {
			return errors.New("this report is closed already")
		}
		s.Closed, s.Acts = true, d.note(ctx, s.Acts, what)
		return nil
	})
	return err
}

// maxNote is how many characters an operator may write about a report.
const maxNote = 200

func (d *Directory) stopped(ctx context.Context, each func(Stop) error) func(string, stop) error {
	return func(name string, s stop) error {
		oid, err := hex.DecodeString(name)
		if err != nil || len(oid) != len(offer.ID{}) {
			return errors.New("a report of the directory is damaged")
		}
		shown, err := d.stopOnFile(ctx, offer.ID(oid), s)
		if err != nil {
			return err
		}
		return each(shown)
	}
}

func (d *Directory) stopOnFile(ctx context.Context, oid offer.ID, s stop) (Stop, error) {
	c, err := d.OwnerOf(ctx, s.Device)
	return Stop{
		Offer: oid, Customer: c, Device: s.Device, Reason: s.Reason, Received: time.Unix(s.Received, 0), Closed: s.Closed, Acts: s.Acts,
	}, err
}

// walk calls each with every record whose key begins with kind, and the rest of
// the key.
func walk[T any](ctx context.Context, d *Directory, kind string, each func(name string, record T) error) error {
	w, err := d.kv.Watch(ctx, kind+"*", jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("reading the directory: %w", err)
	}
	defer func() { _ = w.Stop() }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case entry, ok := <-w.Updates():
			switch {
			case !ok:
				return errors.New("reading the directory: the store is closed")
			case entry == nil:
				return nil // everything has been told
			}
			if err := tell(entry, kind, each); err != nil {
				return err
			}
		}
	}
}

func tell[T any](entry jetstream.KeyValueEntry, kind string, each func(string, T) error) error {
	record, err := decode[T](entry)
	if err != nil {
		return err
	}
	return each(strings.TrimPrefix(entry.Key(), kind), record)
}

// HoldOf returns the newest hold of a customer. Reason: unknown_code when there
// never was one.
func (d *Directory) HoldOf(ctx context.Context, c Customer) (Hold, error) {
	h, err := read[hold](ctx, d, holdKey(c.Pseudonym))
	return Hold{Customer: c, Until: time.Unix(h.Until, 0)}, err
}

// Now is the directory's clock.
func (d *Directory) Now() time.Time { return d.now() }
