// This file owns ended.jsonl: a line for every revocation, new ticket instead of
// a key, and hold, beside the store and readable without it. A restore compares
// it with a backup, so that it undoes none of them unseen.
//
// Rules: a line is on disk before what it tells is answered; it names nobody but
// by ids; a line that cannot be read hides no other.

package directory

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"countersign/session/ending"
	"countersign/session/wire"
)

// EndedFile is the file's name in the bank's folder.
const EndedFile = "ended.jsonl"

// Ended is one line. Exactly one of Agent, Device, Customer and Hold is set.
type Ended struct {
	At       int64  `json:"at"` // Unix seconds
	By       string `json:"by,omitempty"`
	Agent    uint64 `json:"agent,omitempty"`    // an agent's number: revoked, or below Epoch
	Device   string `json:"device,omitempty"`   // credential id, hexadecimal
	Customer string `json:"customer,omitempty"` // key of the record: everything below Epoch
	Hold     string `json:"hold,omitempty"`     // pseudonym, hexadecimal
	Epoch    uint64 `json:"epoch,omitempty"`
	Until    int64  `json:"until,omitempty"` // of a hold, Unix seconds
}

// ended writes a line.
func (d *Directory) ended(ctx context.Context, e Ended) error {
	if d.bank.Dir == "" || d.brief {
		return nil // a bank that nobody needs after its process
	}
	e.At = d.now().Unix()
	e.By, _ = ctx.Value(operatorKey{}).(string)
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(d.bank.Dir, EndedFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// ReadEnded reads the lines of a bank's folder, however damaged the rest of it is,
// and how many could not be read. No file is an error (fs.ErrNotExist).
func ReadEnded(dir string) (all []Ended, unreadable int, err error) {
	data, err := os.ReadFile(filepath.Join(dir, EndedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	if err != nil {
		return nil, 0, err
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var e Ended
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Agent == 0 && e.Device == "" && e.Customer == "" && e.Hold == "" {
			unreadable++
			continue
		}
		all = append(all, e)
	}
	return all, unreadable, lines.Err()
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
		_, _, err := d.ReissueAgent(ctx, e.Agent) // nobody knows that ticket
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
		_, err = d.RevokeCustomer(ctx, c.Ref)
		return err
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
