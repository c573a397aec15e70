// This file owns the commands that look at what is on file, list and show of
// every kind, and those on stop reports.
//
// Rules: with --json a line is one object; references and numbers are masked
// unless --whole; a list is in an order that does not change by itself.

package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"

	"countersign/session/bank/admin"
	"countersign/session/bank/server"
	"countersign/session/protocol/trust"
)

// looking is what all commands that only look share.
type looking struct {
	folder
	JSON  bool `name:"json" help:"One JSON object a line."`
	Whole bool `help:"Show references and telephone numbers whole. They are masked otherwise."`
}

type agentList struct{ looking }

// Run lists the agents.
func (l *agentList) Run(c console) error { return l.list(c, admin.KindAgent) }

type customerList struct{ looking }

// Run lists the customers.
func (l *customerList) Run(c console) error { return l.list(c, admin.KindCustomer) }

type deviceList struct{ looking }

// Run lists the devices.
func (l *deviceList) Run(c console) error { return l.list(c, admin.KindDevice) }

type ticketList struct{ looking }

// Run lists the tickets.
func (l *ticketList) Run(c console) error { return l.list(c, admin.KindTicket) }

type holdList struct{ looking }

// Run lists the holds.
func (l *holdList) Run(c console) error { return l.list(c, admin.KindHold) }

type reportList struct{ looking }

// Run lists the reports.
func (l *reportList) Run(c console) error { return l.list(c, admin.KindReport) }

type agentShow struct {
	looking
	whichAgent
}

// Run shows an agent, or all of one name.
func (s *agentShow) Run(c console) error {
	return s.show(c, s.request(admin.Request{Kind: admin.KindAgent}))
}

// whichCustomer says which customer is looked at.
type whichCustomer struct {
	Ref string `xor:"who" required:"" help:"What the bank calls the customer."`
	ID  string `xor:"who" required:"" placeholder:"ID" help:"The customer's id, as lists show it."`
}

type customerShow struct {
	looking
	whichCustomer
}

// Run shows a customer.
func (s *customerShow) Run(c console) error {
	return s.show(c, admin.Request{Kind: admin.KindCustomer, Reference: s.Ref, ID: strings.ToLower(s.ID)})
}

type holdShow struct {
	looking
	whichCustomer
}

// Run shows the newest hold of a customer.
func (s *holdShow) Run(c console) error {
	return s.show(c, admin.Request{Kind: admin.KindHold, Reference: s.Ref, ID: strings.ToLower(s.ID)})
}

type deviceShow struct {
	looking
	ID string `required:"" placeholder:"ID" help:"The device's credential id (32 hexadecimal digits)."`
}

// Validate finds mistakes in the flags, so that they count as usage.
func (s *deviceShow) Validate() error { return checkHex("--id", s.ID, 16) }

// Run shows a device.
func (s *deviceShow) Run(c console) error {
	id, err := hex.DecodeString(s.ID)
	if err != nil {
		return err
	}
	return s.show(c, admin.Request{Kind: admin.KindDevice, Device: id})
}

type ticketShow struct {
	looking
	Name string `required:"" placeholder:"XXXX" help:"The first four characters of the ticket."`
}

// Run shows a ticket, without its secret, which the bank does not have.
func (s *ticketShow) Run(c console) error {
	return s.show(c, admin.Request{Kind: admin.KindTicket, ID: s.Name})
}

type reportShow struct {
	looking
	ID string `required:"" placeholder:"ID" help:"The report's id (64 hexadecimal digits)."`
}

// Validate finds mistakes in the flags, so that they count as usage.
func (s *reportShow) Validate() error { return checkHex("--id", s.ID, 32) }

// Run shows a report.
func (s *reportShow) Run(c console) error {
	return s.show(c, admin.Request{Kind: admin.KindReport, ID: s.ID})
}

type reportFollow struct {
	folder
	Whole bool `help:"Show references whole. They are masked otherwise."`
}

// Run writes one JSON line for every report that is open, and then for each as
// it comes, until SIGTERM or SIGINT. A server that starts anew in between loses
// nothing: what was open is told again, and told once.
func (f *reportFollow) Run(c console) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	told := map[string]bool{}
	for {
		answer, err := admin.Run(ctx, f.Dir, admin.Request{Op: admin.Follow, Whole: f.Whole, By: actingFor()}, server.OpenDirectory, func(row *admin.Row) error {
			if told[row.ID] {
				return nil
			}
			told[row.ID] = true
			return writeJSON(c.out, row)
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			return errors.New(answer.Fault)
		case !errors.Is(err, admin.ErrInterrupted):
			return err
		} // else the server ended: look for the next one
	}
}

type reportClose struct {
	folder
	ID   string `required:"" placeholder:"ID" help:"The report's id (64 hexadecimal digits)."`
	Note string `help:"A few words that are kept with the report, and shown whole to whoever lists it."`
}

// Validate finds mistakes in the flags, so that they count as usage.
func (r *reportClose) Validate() error { return checkHex("--id", r.ID, 32) }

// Run closes the report.
func (r *reportClose) Run(c console) error {
	return carryOut(c, r.Dir, admin.Request{Op: admin.Close, ID: r.ID, Note: trust.NormaliseName(r.Note)})
}

// checkHex accepts the hexadecimal digits of some bytes. "" is for kong to miss.
func checkHex(flag, text string, size int) error {
	if id, err := hex.DecodeString(text); text != "" && (err != nil || len(id) != size) {
		return misused{fmt.Errorf("%s is %d hexadecimal digits", flag, 2*size)}
	}
	return nil
}

// list prints everything of a kind.
func (l looking) list(c console, kind admin.Kind) error {
	rows, err := l.rows(admin.Request{Op: admin.List, Kind: kind})
	if err != nil {
		return err
	}
	slices.SortFunc(rows, inOrder)
	if l.JSON {
		return writeAll(c.out, rows)
	}
	return writeTable(c.out, kind, rows)
}

// show prints what the request finds, every field on a line of its own.
func (l looking) show(c console, r admin.Request) error {
	r.Op = admin.Show
	rows, err := l.rows(r)
	if err != nil {
		return err
	}
	if l.JSON {
		return writeAll(c.out, rows)
	}
	for i, row := range rows {
		if i > 0 {
			if _, err := fmt.Fprintln(c.out); err != nil {
				return err
			}
		}
		if err := writeFields(c.out, row); err != nil {
			return err
		}
	}
	return nil
}

// rows has the running server or the store itself answer.
func (l looking) rows(r admin.Request) (rows []admin.Row, err error) {
	r.Whole = l.Whole
	_, err = askFor(l.Dir, r, func(row *admin.Row) error {
		rows = append(rows, *row)
		return nil
	})
	return rows, err
}

// inOrder sorts agents by number, reports by time, and others by what they are
// called.
func inOrder(a, b admin.Row) int {
	return cmp.Or(strings.Compare(a.Received, b.Received), cmp.Compare(len(a.Agent), len(b.Agent)),
		strings.Compare(a.Customer, b.Customer), strings.Compare(a.CustomerID, b.CustomerID), strings.Compare(a.Enrolled, b.Enrolled)*onlyDevices(a),
		cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
}

// onlyDevices is 1 for a device and else 0: those of a customer come in the order
// of their enrolment.
func onlyDevices(r admin.Row) int {
	if r.Kind == admin.KindDevice {
		return 1
	}
	return 0
}

// column is one column of a table.
type column struct {
	head  string
	value func(admin.Row) string
}

var columns = map[admin.Kind][]column{
	admin.KindAgent: {
		{"NUMBER", func(r admin.Row) string { return r.ID }}, {"STATE", state}, {"NAME", func(r admin.Row) string { return r.Name }},
		{"ROLE", func(r admin.Row) string { return r.Role }}, {"DEPARTMENT", func(r admin.Row) string { return r.Department }}, {"ENROLLED", enrolled},
	},
	admin.KindCustomer: {
		{"ID", func(r admin.Row) string { return r.ID }}, {"STATE", state}, {"REFERENCE", customer},
		{"PHONES", func(r admin.Row) string { return strings.Join(r.Phones, " ") }},
		{"DEVICES", func(r admin.Row) string { return fmt.Sprint(len(r.Devices)) }},
	},
	admin.KindDevice: {
		{"ID", func(r admin.Row) string { return r.ID }}, {"STATE", state}, {"REFERENCE", customer}, {"CUSTOMER", customerID},
		{"ENROLLED", enrolled}, {"EXPIRES", expires},
	},
	admin.KindTicket: {
		{"NAME", func(r admin.Row) string { return r.ID }}, {"STATE", state}, {"AGENT", func(r admin.Row) string { return r.Agent }},
		{"REFERENCE", customer}, {"CUSTOMER", customerID}, {"EXPIRES", expires},
	},
	admin.KindHold: {
		{"CUSTOMER", func(r admin.Row) string { return r.ID }}, {"STATE", state}, {"REFERENCE", customer},
		{"UNTIL", func(r admin.Row) string { return r.Until }},
	},
	admin.KindReport: {
		{"ID", func(r admin.Row) string { return r.ID }}, {"STATE", state}, {"REASON", func(r admin.Row) string { return r.Reason }},
		{"REFERENCE", customer}, {"CUSTOMER", customerID}, {"RECEIVED", func(r admin.Row) string { return r.Received }},
	},
}

func state(r admin.Row) string      { return r.State }
func customer(r admin.Row) string   { return r.Customer }
func customerID(r admin.Row) string { return r.CustomerID }
func enrolled(r admin.Row) string   { return r.Enrolled }
func expires(r admin.Row) string    { return r.Expires }

// writeTable prints a table. What is empty is a dash, so that columns stay apart
// for programs, too.
func writeTable(to io.Writer, kind admin.Kind, rows []admin.Row) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	var heads []string
	for _, c := range columns[kind] {
		heads = append(heads, c.head)
	}
	fmt.Fprintln(table, strings.Join(heads, "\t"))
	for _, row := range rows {
		var cells []string
		for _, c := range columns[kind] {
			cells = append(cells, cmp.Or(c.value(row), "-"))
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

// writeFields prints a row's fields as they are called in JSON.
func writeFields(to io.Writer, row admin.Row) error {
	var text strings.Builder
	for _, field := range []struct{ name, value string }{
		{"kind", string(row.Kind)}, {"id", row.ID}, {"state", row.State}, {"name", row.Name}, {"role", row.Role}, {"department", row.Department},
		{"agent", row.Agent}, {"customer", row.Customer}, {"customer_id", row.CustomerID}, {"phones", strings.Join(row.Phones, " ")},
		{"devices", strings.Join(row.Devices, " ")}, {"device", row.Device}, {"reason", row.Reason},
		{"enrolled", row.Enrolled}, {"expires", row.Expires}, {"until", row.Until}, {"received", row.Received},
	} {
		if field.value != "" {
			fmt.Fprintf(&text, "%s: %s\n", field.name, field.value)
		}
	}
	for _, act := range row.History {
		fmt.Fprintf(&text, "%s: %s, by %s\n", act.At, act.What, cmp.Or(act.By, "nobody named"))
	}
	_, err := io.WriteString(to, text.String())
	return err
}

func writeAll(to io.Writer, rows []admin.Row) error {
	for i := range rows {
		if err := writeJSON(to, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(to io.Writer, row *admin.Row) error {
	line := json.NewEncoder(to)
	line.SetEscapeHTML(false)
	return line.Encode(row)
}

// askFor has the running server or the store itself carry out a request.
func askFor(dir string, r admin.Request, each func(*admin.Row) error) (admin.Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r.By = actingFor()
	answer, err := admin.Run(ctx, dir, r, server.OpenDirectory, each)
	if err == nil && answer.Fault != "" {
		err = errors.New(answer.Fault)
	}
	return answer, err
}
