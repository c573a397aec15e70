// This file owns the commands on agents and customers. They work while the
// server runs (it does the work) and while it does not.

package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"countersign/session/bank"
	"countersign/session/bank/admin"
	"countersign/session/bank/directory"
	"countersign/session/computer/qr"
	"countersign/session/protocol/trust"
)

// patience bounds one command, waiting for others included.
const patience = time.Minute

// qrModule is the size of a ticket's QR code: pixels of one module.
const qrModule = 8

type agentAdd struct {
	folder
	Name       string `required:"" help:"The agent's name as customers see it."`
	Role       string `required:"" help:"The agent's role as customers see it."`
	Department string `required:"" help:"The agent's department as customers see it."`
	QR         string `name:"qr" placeholder:"FILE.png" help:"Write the ticket as a QR code to a new file."`
}

// Validate finds mistakes in the flags, so that they count as usage.
func (a *agentAdd) Validate() error {
	for flag, shown := range map[string]*string{"--name": &a.Name, "--role": &a.Role, "--department": &a.Department} {
		*shown = trust.NormaliseName(*shown)
		if err := trust.CheckName(*shown); *shown != "" && err != nil { // kong says what is missing
			return mistake(flag, err)
		}
	}
	return nil
}

// Run adds the agent.
func (a *agentAdd) Run(c console) error {
	return invite(c, a.Dir, a.QR, admin.Request{Op: admin.AddAgent, Name: a.Name, Role: a.Role, Department: a.Department})
}

type customerAdd struct {
	folder
	Ref   string   `required:"" help:"What the bank calls the customer. Customers never see it."`
	Phone []string `required:"" sep:"none" placeholder:"+48..." help:"A telephone number on file; repeat for more."`
	QR    string   `name:"qr" placeholder:"FILE.png" help:"Write the ticket as a QR code to a new file."`
}

// Validate finds mistakes in the flags, so that they count as usage.
func (a *customerAdd) Validate() error { return checkPhones(a.Phone) }

// checkPhones finds what is no number in any country.
func checkPhones(phones []string) error {
	for _, typed := range phones {
		if _, err := trust.NumberDigits(typed); err != nil {
			return mistake("--phone "+typed, err)
		}
	}
	return nil
}

// readPhones puts the numbers on file of a customer into their one form and
// says how they were understood. Those without a country code are of the bank's
// country.
func readPhones(c console, dir, ref string, phones []string) error {
	b, err := bank.Load(dir)
	if err != nil {
		return err
	}
	var read []trust.Number
	for i, typed := range phones {
		number, err := trust.ReadNumber(typed, trust.RegionOf(b.Bundle.Lines[0]))
		if err != nil {
			return mistake("--phone "+typed, err)
		}
		phones[i], read = number.E164, append(read, number)
	}
	if err := directory.CheckCustomer(ref, phones); err != nil {
		return misused{err}
	}
	understood(c, "phone", read)
	return nil
}

// Run adds the customer, or makes a ticket for one more device.
func (a *customerAdd) Run(c console) error {
	if err := readPhones(c, a.Dir, a.Ref, a.Phone); err != nil {
		return err
	}
	return invite(c, a.Dir, a.QR, admin.Request{Op: admin.AddCustomer, Reference: a.Ref, Phones: a.Phone})
}

type customerChange struct {
	folder
	Ref   string   `required:"" help:"What the bank calls the customer."`
	Phone []string `required:"" sep:"none" placeholder:"+48..." help:"A telephone number on file from now on; repeat for more. The others go."`
}

// Validate finds mistakes in the flags, so that they count as usage.
func (a *customerChange) Validate() error { return checkPhones(a.Phone) }

// Run changes the customer's numbers.
func (a *customerChange) Run(c console) error {
	if err := readPhones(c, a.Dir, a.Ref, a.Phone); err != nil {
		return err
	}
	return carryOut(c, a.Dir, admin.Request{Op: admin.ChangeCustomer, Reference: a.Ref, Phones: a.Phone})
}

// whichAgent says which agent is meant.
type whichAgent struct {
	ID         uint64 `xor:"who" required:"" help:"The agent's number in the directory."`
	Name       string `xor:"who" required:"" help:"The agent's name."`
	Role       string `help:"The agent's role, where a name is not enough."`
	Department string `help:"The agent's department, where a name is not enough."`
}

// request names the agent. The names are mended like those of agentAdd, so that
// what was typed there finds the agent here.
func (a whichAgent) request(r admin.Request) admin.Request {
	r.AgentID = a.ID
	r.Name, r.Role, r.Department = trust.NormaliseName(a.Name), trust.NormaliseName(a.Role), trust.NormaliseName(a.Department)
	return r
}

type agentRevoke struct {
	folder
	whichAgent
}

// Run revokes the agent.
func (a *agentRevoke) Run(c console) error {
	return carryOut(c, a.Dir, a.request(admin.Request{Op: admin.RevokeAgent}))
}

type agentReissue struct {
	folder
	whichAgent
	QR string `name:"qr" placeholder:"FILE.png" help:"Write the ticket as a QR code to a new file."`
}

// Run ends the agent's key and invites the agent anew.
func (a *agentReissue) Run(c console) error {
	return invite(c, a.Dir, a.QR, a.request(admin.Request{Op: admin.ReissueAgent}))
}

type customerReissue struct {
	folder
	Ref    string `required:"" help:"What the bank calls the customer."`
	Device string `placeholder:"ID" help:"Only instead of the device with this credential id (32 hexadecimal digits); else of all devices and open tickets."`
	QR     string `name:"qr" placeholder:"FILE.png" help:"Write the ticket as a QR code to a new file."`
}

// Validate finds mistakes in the flags, so that they count as usage.
func (r *customerReissue) Validate() error { return checkHex("--device", r.Device, 16) }

// Run ends the devices and invites the customer anew.
func (r *customerReissue) Run(c console) error {
	device, err := hex.DecodeString(r.Device)
	if err != nil {
		return err
	}
	return invite(c, r.Dir, r.QR, admin.Request{Op: admin.ReissueCustomer, Reference: r.Ref, Device: device})
}

type customerRevoke struct {
	folder
	Ref    string `required:"" help:"What the bank calls the customer."`
	Device string `placeholder:"ID" help:"Only the device with this credential id (32 hexadecimal digits); else all devices and open tickets."`
}

// Validate finds mistakes in the flags, so that they count as usage.
func (r *customerRevoke) Validate() error { return checkHex("--device", r.Device, 16) }

// Run revokes the devices.
func (r *customerRevoke) Run(c console) error {
	device, err := hex.DecodeString(r.Device)
	if err != nil {
		return err
	}
	return carryOut(c, r.Dir, admin.Request{Op: admin.RevokeCustomer, Reference: r.Ref, Device: device})
}

// mistake says what is wrong with a flag. The rules for names and numbers are
// those for signed objects; that they are is no news for the operator.
func mistake(flag string, err error) error {
	return misused{fmt.Errorf("%s: %s", flag, strings.TrimPrefix(err.Error(), trust.ErrContent.Error()+": "))}
}

// understood says how numbers were understood, before they are used.
func understood(c console, what string, numbers []trust.Number) {
	for _, n := range numbers {
		fmt.Fprintf(c.err, "%s: understood as %s\n", what, trust.ShowNumber(n.E164))
		if !n.Assigned {
			fmt.Fprintf(c.err, "warning: as far as this program knows, no number such as %s is in use: look at it once more.\n", trust.ShowNumber(n.E164))
		}
	}
}

// invite prints a ticket: exactly three lines. The file for the QR code is made
// first, so that no ticket is given out and then lost for want of a place. A
// ticket that cannot be printed is nobody's: its agent is not left active.
func invite(c console, dir, qrFile string, r admin.Request) (err error) {
	signal.Ignore(syscall.SIGPIPE) // whoever reads the output may be gone: then writing fails, and the rest is done
	if qrFile == "" && isLost(c.out) {
		return errors.New("nobody would see the ticket: standard output is closed, or is thrown away")
	}
	var picture *os.File
	if qrFile != "" {
		// The ticket is a secret: nobody else may read it, and no other file is lost.
		picture, err = os.OpenFile(qrFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("the QR code needs a new file: %w", err)
		}
		defer func() {
			err = errors.Join(err, picture.Close())
			if err != nil {
				err = errors.Join(err, os.Remove(qrFile))
			}
		}()
	}
	answer, err := ask(dir, r)
	if err != nil {
		return err
	}
	if picture != nil {
		err = writeQR(picture, answer.Ticket)
	}
	if err == nil {
		_, err = fmt.Fprintf(c.out, "ticket: %s\nwords: %s\nexpires: %s\n",
			answer.Ticket, answer.Words, time.Unix(answer.Expires, 0).UTC().Format(time.RFC3339))
	}
	if err != nil {
		return fmt.Errorf("the ticket is lost: %w: %s", err, withdraw(dir, r, answer.Ticket))
	}
	return nil
}

// isLost reports whether what is written goes nowhere. The system gives a
// program whose output is closed the device that swallows everything.
func isLost(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	there, err := f.Stat()
	if err != nil {
		return true
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(there, null)
}

// withdraw says what to do about a ticket that nobody has seen. The agent that
// was added for it is revoked: else it would stand on file without a way in.
func withdraw(dir string, r admin.Request, ticket string) string {
	const again = "run the command again for another one"
	if r.Op != admin.AddAgent {
		return again
	}
	name := ticket[strings.LastIndexByte(ticket, '/')+1:]
	var agent string
	_, err := askFor(dir, admin.Request{Op: admin.Show, Kind: admin.KindTicket, ID: name[:min(4, len(name))]}, func(row *admin.Row) error {
		agent = row.Agent
		return nil
	})
	id, parseErr := strconv.ParseUint(agent, 10, 64)
	if err == nil && parseErr == nil {
		_, err = ask(dir, admin.Request{Op: admin.RevokeAgent, AgentID: id})
	}
	if err = errors.Join(err, parseErr); err != nil {
		return fmt.Sprintf("agent %s is on file: revoke it, and %s (%v)", agent, again, err)
	}
	return fmt.Sprintf("agent %s is revoked again: %s", agent, again)
}

func writeQR(file *os.File, ticket string) error {
	png, err := qr.PNG(ticket, qrModule)
	if err != nil {
		return err
	}
	_, err = file.Write(png)
	return err
}

// carryOut prints the sentence about what was done.
func carryOut(c console, dir string, r admin.Request) error {
	answer, err := ask(dir, r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, answer.Done)
	return err
}

// ask has the running server or the store itself carry out a request.
func ask(dir string, r admin.Request) (admin.Answer, error) { return askFor(dir, r, nil) }

// actingFor is whom this account acts for, as sudo(8) tells it; "" where nobody does.
func actingFor() string { return os.Getenv("SUDO_USER") }
