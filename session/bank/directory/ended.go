// This file owns ended.jsonl: a line for every revocation, new ticket instead of
// a key, used ticket, and hold, beside the store and readable without it. A restore
// compares it with a backup, so that it undoes none of them unseen. The first line
// says of which bank and from when on.
//
// Rules: a line is on disk before what it tells is answered; it names nobody but
// by ids; a line that cannot be read hides no other. A file that has grown is
// written anew, whole, with what a restore can still need: the last line of each
// agent, device and customer, holds that are not over, and used tickets for as
// long as they would be open.

package directory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/session/computer/disk"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/wire"
)

// EndedFile is the file's name in the bank's folder.
const EndedFile = "ended.jsonl"

// Ended is one line. Exactly one of Bank, Agent, Device, Customer, Ticket and Hold
// is set.
type Ended struct {
	Bank     string `json:"bank,omitempty"` // the bank's id, hexadecimal: what was ended in it from At on follows
	At       int64  `json:"at"`             // Unix seconds
	By       string `json:"by,omitempty"`
	Agent    uint64 `json:"agent,omitempty"`    // an agent's number: revoked, or below Epoch
	Device   string `json:"device,omitempty"`   // credential id, hexadecimal
	Customer string `json:"customer,omitempty"` // key of the record: everything below Epoch
	Ticket   string `json:"ticket,omitempty"`   // ticketMark: used
	Hold     string `json:"hold,omitempty"`     // pseudonym, hexadecimal
	Epoch    uint64 `json:"epoch,omitempty"`
	Until    int64  `json:"until,omitempty"` // of a hold, Unix seconds
}

// endedCompact is the size from which on the file is looked through for lines that
// nobody needs any more, in bytes.
const endedCompact = 256 << 10

// EndedList is what the file of a bank's folder tells.
type EndedList struct {
	Bank       string // the bank's id, hexadecimal; "" when nothing tells it
	Since      int64  // from when on, Unix seconds; with Bank
	Lines      []Ended
	Unreadable int // lines that could not be read
}

// notes reports whether the file is kept: not for a bank that nobody needs after
// its process.
func (d *Directory) notes() bool { return d.bank.Dir != "" && !d.brief }

func (d *Directory) endedPath() string { return filepath.Join(d.bank.Dir, EndedFile) }

// mayNote says, as a sentence for the operator, why no line could be written; nil
// when one could.
func (d *Directory) mayNote() error {
	if !d.notes() {
		return nil
	}
	f, err := os.OpenFile(d.endedPath(), os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		err = f.Close()
	}
	return noteError(err)
}

func noteError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("revocations and holds cannot be written down in %s of the bank's folder: make it a file of the account that serves the bank: %w", EndedFile, err)
}

// beginNotes makes the file where there is none. One that was lost begins anew,
// and says since when.
func (d *Directory) beginNotes() error {
	if !d.notes() {
		return nil
	}
	if _, err := os.Lstat(d.endedPath()); !errors.Is(err, fs.ErrNotExist) {
		return d.mayNote()
	}
	line, err := json.Marshal(Ended{Bank: hex.EncodeToString(d.bank.Bundle.BankID[:]), At: d.now().Unix()})
	if err == nil {
		err = disk.Replace(d.endedPath(), append(line, '\n'))
	}
	return noteError(err)
}

// ended writes a line. An error does not take back what the line tells.
func (d *Directory) ended(ctx context.Context, e Ended) error {
	if !d.notes() {
		return nil
	}
	e.At = d.now().Unix()
	e.By, _ = ctx.Value(operatorKey{}).(string)
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	d.endedMu.Lock()
	defer d.endedMu.Unlock()
	if err := d.beginNotes(); err != nil { // it may have been lost while the server ran
		return fmt.Errorf("it is done, and a restore may undo it: %w", err)
	}
	size, err := appendLine(d.endedPath(), line)
	if err == nil && size >= max(endedCompact, d.endedNext) {
		// The line is on disk. That the file stays long is no reason to say that
		// it is not: a full disk is said elsewhere.
		if left, err := compactEnded(d.bank.Dir, d.now()); err == nil {
			size = left
		}
		d.endedNext = 2 * size
	}
	if err != nil {
		return fmt.Errorf("it is done, and a restore may undo it: %w", noteError(err))
	}
	return nil
}

// appendLine brings a line to the disk and returns how long the file is then, in
// bytes. What a kill or a full disk left of the line before does not swallow it.
func appendLine(path string, line []byte) (size int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	line = append(line, '\n')
	if size = info.Size(); size > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, size-1); err != nil {
			return size, err
		}
		if last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	if _, err := f.Write(line); err != nil {
		return size, err
	}
	return size + int64(len(line)), f.Sync()
}

// compactEnded writes the file anew without the lines that no restore can need at
// now, and returns its size, in bytes. What cannot be read stays as it is.
func compactEnded(dir string, now time.Time) (size int64, err error) {
	data, err := os.ReadFile(filepath.Join(dir, EndedFile))
	if err != nil {
		return 0, err
	}
	lines := bytes.Split(bytes.TrimSuffix(data, []byte{'\n'}), []byte{'\n'})
	strongest := map[Ended]int{} // by whom it concerns: the index of the line that says the most
	read := make([]Ended, len(lines))
	for i, line := range lines {
		e, ok := parseEnded(line)
		if !ok {
			continue
		}
		read[i] = e
		if before, known := strongest[e.subject()]; !known || e.covers(read[before]) {
			strongest[e.subject()] = i
		}
	}
	var kept []byte
	for i, line := range lines {
		e := read[i]
		over := e.Hold != "" && e.Until <= now.Unix() || e.Ticket != "" && time.Unix(e.At, 0).Add(TicketLifetime).Before(now)
		needed := e == Ended{} || strongest[e.subject()] == i && !over
		if needed {
			kept = append(append(kept, line...), '\n')
		}
	}
	return int64(len(kept)), disk.Replace(filepath.Join(dir, EndedFile), kept)
}

// subject is whom a line concerns, and nothing else of it.
func (e Ended) subject() Ended {
	return Ended{Bank: e.Bank, Agent: e.Agent, Device: e.Device, Customer: e.Customer, Ticket: e.Ticket, Hold: e.Hold}
}

// covers says that what the other line of the same subject tells needs no line
// besides this one. An agent's revocation has no epoch and is for good.
func (e Ended) covers(other Ended) bool {
	if e.Agent != 0 {
		return other.Epoch != 0 && (e.Epoch == 0 || e.Epoch >= other.Epoch)
	}
	return e.Epoch >= other.Epoch && e.Until >= other.Until
}

// ReadEnded reads the list of a bank's folder, however damaged the rest of it is.
// No file is an error (fs.ErrNotExist).
func ReadEnded(dir string) (list EndedList, err error) {
	data, err := os.ReadFile(filepath.Join(dir, EndedFile))
	if err != nil {
		return EndedList{}, err
	}
	for line := range bytes.Lines(data) {
		switch e, ok := parseEnded(line); {
		case !ok:
			list.Unreadable++
		case e.Bank != "":
			list.Bank, list.Since = e.Bank, e.At
		default:
			list.Lines = append(list.Lines, e)
		}
	}
	return list, nil
}

// Owns reports whether a list is of this directory's bank, as far as it tells.
func (d *Directory) Owns(list EndedList) bool {
	return list.Bank == "" || list.Bank == hex.EncodeToString(d.bank.Bundle.BankID[:])
}

// ticketMark names one ticket for good: names are given again.
func ticketMark(name string, public []byte) string {
	sum := sha256.Sum256(public)
	return name + "-" + hex.EncodeToString(sum[:8])
}

// reopened returns the ticket that a line tells to be used, where it is open in
// this directory.
func (d *Directory) reopened(ctx context.Context, mark string) (name string, open bool, err error) {
	name, _, _ = strings.Cut(mark, "-")
	t, err := d.readTicket(ctx, name)
	if err != nil {
		return name, false, err
	}
	return name, ticketMark(name, t.Public) == mark && t.openTo(nil, d.now()) == nil, nil
}

func parseEnded(line []byte) (e Ended, ok bool) {
	err := json.Unmarshal(line, &e)
	if err != nil || e.subject() == (Ended{}) {
		return Ended{}, false
	}
	return e, true
}

// Undone says, as a sentence, what of a line does not hold in this directory; ""
// if it holds, or if nobody is there whom it could concern.
func (d *Directory) Undone(ctx context.Context, e Ended) (string, error) {
	when := time.Unix(e.At, 0).UTC().Format(time.RFC3339)
	undone, what, err := false, "", error(nil)
	switch {
	case e.Agent != 0:
		var a Agent
		a, err = d.Agent(ctx, e.Agent)
		undone = !a.Revoked && (e.Epoch == 0 || a.Epoch < e.Epoch)
		what = fmt.Sprintf("agent %d (%s, %s): the key that was ended on %s counts again", e.Agent, a.Name, a.Department, when)
	case e.Device != "":
		var id [16]byte
		if id, err = id16(e.Device); err != nil {
			return "", err
		}
		var c Customer
		c, err = d.OwnerOf(ctx, id)
		device, known := c.Device(id)
		undone = known && device.Active(d.now())
		what = fmt.Sprintf("device %s: revoked on %s, and counts again", e.Device, when)
	case e.Customer != "":
		var c Customer
		c, err = read[Customer](ctx, d, e.Customer)
		undone = c.Epoch < e.Epoch
		what = fmt.Sprintf("all devices and tickets of a customer (%d devices): revoked on %s, and count again", len(c.Devices), when)
	case e.Ticket != "":
		var name string
		name, undone, err = d.reopened(ctx, e.Ticket)
		what = fmt.Sprintf("ticket %s: used on %s, and open again", name, when)
	default:
		var name [16]byte
		if name, err = id16(e.Hold); err != nil {
			return "", err
		}
		var until time.Time
		until, err = d.HoldUntil(ctx, name)
		undone = e.Until > d.now().Unix() && until.Unix() < e.Until
		what = fmt.Sprintf("a customer's hold, begun on %s, until %s", when, time.Unix(e.Until, 0).UTC().Format(time.RFC3339))
	}
	if ending.Of(err, "") == ending.UnknownCode {
		return "", nil
	}
	if err != nil || !undone {
		return "", err
	}
	return what, nil
}

// Redo makes a line hold in this directory.
func (d *Directory) Redo(ctx context.Context, e Ended) error {
	switch {
	case e.Agent != 0 && e.Epoch != 0:
		_, _, err := d.reissueAgent(ctx, e.Agent, e.Epoch) // nobody knows that ticket
		return err
	case e.Agent != 0:
		return d.RevokeAgent(ctx, e.Agent)
	case e.Device != "":
		id, err := id16(e.Device)
		if err != nil {
			return err
		}
		return d.RevokeDevice(ctx, id)
	case e.Customer != "":
		c, err := read[Customer](ctx, d, e.Customer)
		if err != nil {
			return err
		}
		_, err = d.revokeCustomer(ctx, c.Ref, e.Epoch)
		return err
	case e.Ticket != "":
		name, _, err := d.reopened(ctx, e.Ticket)
		if err == nil {
			_, err = change(ctx, d, ticketKey(name), func(t *ticket) error {
				t.Expiry, t.Acts = min(t.Expiry, e.At-1), d.note(ctx, t.Acts, "ended: it was used")
				return nil
			})
		}
		return errors.Join(err, d.ended(ctx, e))
	}
	name, err := id16(e.Hold)
	if err != nil {
		return err
	}
	_, err = d.kv.Put(ctx, holdKey(name), wire.Marshal(hold{Until: e.Until}))
	return errors.Join(err, d.ended(ctx, Ended{Hold: e.Hold, Until: e.Until}))
}

func id16(text string) (id [16]byte, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(id) {
		return id, errors.New("a line of " + EndedFile + " is damaged")
	}
	return [16]byte(raw), nil
}
