// This file owns the commands that only look: list, show, and following the
// reports; and closing a report.

package admin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"countersign/session/bank/directory"
	"countersign/session/protocol/offer"
)

var errKind = errors.New("the server does not know this kind of record: use countersignd of the same version")

// list tells a row for everything of a kind, in no order.
func list(ctx context.Context, d *directory.Directory, r Request, each func(*Row) error) error {
	s := shower{whole: r.Whole, now: d.Now()}
	brief := func(row *Row) error {
		row.History = nil // show tells it
		return each(row)
	}
	switch r.Kind {
	case KindAgent:
		return d.Agents(ctx, func(a directory.Agent) error { return brief(s.agent(a)) })
	case KindCustomer:
		return d.Customers(ctx, func(c directory.Customer) error { return brief(s.customer(c)) })
	case KindDevice:
		return d.Customers(ctx, func(c directory.Customer) error {
			for _, device := range c.Devices {
				if err := brief(s.device(c, device)); err != nil {
					return err
				}
			}
			return nil
		})
	case KindTicket:
		return d.Tickets(ctx, func(t directory.TicketOnFile) error { return brief(s.ticket(t)) })
	case KindHold:
		return d.Holds(ctx, func(h directory.Hold) error { return brief(s.hold(h)) })
	case KindReport:
		return d.Stops(ctx, func(stop directory.Stop) error { return brief(s.report(stop)) })
	}
	return errKind
}

// snapshot tells a row for every record.
func snapshot(ctx context.Context, d *directory.Directory, each func(*Row) error) error {
	records, err := d.Snapshot(ctx)
	for i := range records {
		if err := each(&Row{Record: &records[i]}); err != nil {
			return err
		}
	}
	return err
}

// errFound ends a search.
var errFound = errors.New("found")

// show tells the one row that the request names.
func show(ctx context.Context, d *directory.Directory, r Request, each func(*Row) error) error {
	s := shower{whole: r.Whole, now: d.Now()}
	switch r.Kind {
	case KindAgent:
		return showAgent(ctx, d, s, r, each)
	case KindCustomer, KindHold:
		return showCustomer(ctx, d, s, r, each)
	case KindDevice:
		return showDevice(ctx, d, s, r, each)
	case KindTicket:
		t, err := d.Ticket(ctx, strings.ToUpper(r.ID))
		if err != nil {
			return unknown(err, "no ticket begins with %s", r.ID)
		}
		return each(s.ticket(t))
	case KindReport:
		oid, err := offerMeant(r)
		if err != nil {
			return err
		}
		stop, err := d.Stop(ctx, oid)
		if err != nil {
			return unknown(err, "no report has the id %s", r.ID)
		}
		return each(s.report(stop))
	}
	return errKind
}

// showAgent shows every agent of a name: looking harms nobody.
func showAgent(ctx context.Context, d *directory.Directory, s shower, r Request, each func(*Row) error) error {
	if r.AgentID != 0 {
		a, err := d.Agent(ctx, r.AgentID)
		if err != nil {
			return unknown(err, "no agent has the number %d", r.AgentID)
		}
		return each(s.agent(a))
	}
	found, err := d.FindAgents(ctx, r.Name, r.Role, r.Department)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("no agent is called %q: check the name as it was given to agent add", r.Name)
	}
	for _, a := range found {
		if err := each(s.agent(a)); err != nil {
			return err
		}
	}
	return nil
}

func showCustomer(ctx context.Context, d *directory.Directory, s shower, r Request, each func(*Row) error) error {
	c, err := customerMeant(ctx, d, r)
	if err != nil {
		return err
	}
	if r.Kind == KindCustomer {
		return each(s.customer(c))
	}
	h, err := d.HoldOf(ctx, c)
	if err != nil {
		return unknown(err, "this customer was never on hold")
	}
	return each(s.hold(h))
}

// customerMeant finds a customer by reference or by the id that rows tell.
func customerMeant(ctx context.Context, d *directory.Directory, r Request) (found directory.Customer, err error) {
	if r.ID == "" {
		c, err := d.Customer(ctx, r.Reference)
		return c, unknown(err, "no customer has the reference %q", r.Reference)
	}
	err = d.Customers(ctx, func(c directory.Customer) error {
		if customerID(c) != r.ID {
			return nil
		}
		found = c
		return errFound
	})
	switch {
	case err == nil:
		return found, fmt.Errorf("no customer has the id %s", r.ID)
	case errors.Is(err, errFound):
		return found, nil
	}
	return found, err
}

func showDevice(ctx context.Context, d *directory.Directory, s shower, r Request, each func(*Row) error) error {
	id, err := deviceMeant(r)
	if err != nil {
		return err
	}
	c, err := d.OwnerOf(ctx, id)
	device, known := c.Device(id)
	if err == nil && !known {
		err = errors.New("the device's enrolment was not finished")
	}
	if err != nil {
		return unknown(err, "no device has the id %s", hex.EncodeToString(r.Device))
	}
	return each(s.device(c, device))
}

// offerMeant is the id of the offer that a report is about.
func offerMeant(r Request) (oid offer.ID, err error) {
	raw, err := hex.DecodeString(r.ID)
	if err != nil || len(raw) != len(oid) {
		return oid, fmt.Errorf("a report's id is %d hexadecimal digits", 2*len(oid))
	}
	return offer.ID(raw), nil
}

// follow tells the reports that are open, and then each as it comes, until each
// fails or ctx ends.
func follow(ctx context.Context, d *directory.Directory, r Request, each func(*Row) error) error {
	s := shower{whole: r.Whole}
	return d.FollowStops(ctx, pulse, func(stop directory.Stop) error {
		if stop.Closed {
			return nil
		}
		return each(s.report(stop))
	}, func() error { return each(nil) })
}

func closeReport(ctx context.Context, d *directory.Directory, r Request) (Answer, error) {
	oid, err := offerMeant(r)
	if err != nil {
		return Answer{}, err
	}
	if err := d.CloseReport(ctx, oid, r.Note); err != nil {
		return Answer{}, unknown(err, "no report has the id %s", r.ID)
	}
	return Answer{Done: "closed report " + r.ID + ": a hold that it began ends by itself"}, nil
}
