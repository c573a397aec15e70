// This file owns the history: what a person's program keeps of the calls that
// have ended, the newest 200 of each role, in one sealed file.
//
// Rules: no message, no code, no digit of a customer's number is ever kept,
// and of a stopped offer nothing that it claimed. Only calls that got as far
// as an offer are kept: an agent's once its code was shown, a customer's once
// there was a verdict. A file that is damaged is never taken for an empty one.

package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

const (
	// maxPast is how many calls are kept.
	maxPast = 200
	// historyForm is the version of the file's form.
	historyForm = 1
	// keepTime bounds the keeping of one call, of a stop's hold and of an
	// answered offer, also where that begins late.
	keepTime = 2 * vault.Deadline
	// EndsWithin bounds how long a call takes from the wish to end it until its
	// events are closed, also with a keyring that is slow: a stop is reported,
	// the last record arrives, the relay is told, and the hold and the call are
	// kept. Until then the program should not be left.
	EndsWithin = call.ReportPatience + 2*flushTime + keepTime
)

// Past is a call that has ended, as far as it may be remembered. Of a stopped
// verdict, or an unverified one whose call did not go on, there is nothing
// that the offer claimed: no name, purpose or direction.
type Past struct {
	Began      time.Time       `cbor:"-"`                    // when it was started here, to the second
	Lasted     time.Duration   `cbor:"-"`                    // until it ended, in whole seconds
	Bank       string          `cbor:"3,keyasint,omitempty"` // "" when no bank of this computer was concerned
	Domain     string          `cbor:"4,keyasint,omitempty"`
	Name       string          `cbor:"5,keyasint,omitempty"` // the agent's
	Department string          `cbor:"6,keyasint,omitempty"`
	Purpose    trust.Purpose   `cbor:"7,keyasint,omitempty"`
	Direction  offer.Direction `cbor:"8,keyasint,omitempty"`
	Reason     ending.Reason   `cbor:"9,keyasint"`
	Secure     bool            `cbor:"10,keyasint,omitempty"` // sensitive data could travel
	Guest      bool            `cbor:"11,keyasint,omitempty"` // the customer's side was a device that is not enrolled
	Customer   string          `cbor:"12,keyasint,omitempty"` // the bank's reference; in an agent's history only
	Unverified bool            `cbor:"13,keyasint,omitempty"` // the check did not come to verified; in a customer's history only
}

// pastCall is a Past in the file, with its times in seconds.
type pastCall struct {
	Began  int64 `cbor:"1,keyasint"` // of Unix
	Lasted int64 `cbor:"2,keyasint"`
	Past
}

// pastFile is the file, the newest call first.
type pastFile struct {
	Form  uint       `cbor:"1,keyasint"`
	Calls []pastCall `cbor:"2,keyasint"`
}

// History lists this agent's calls, the newest first. Reasons: no_keyring (also
// for a file that is damaged), keyring_locked.
func (a *Agent) History(ctx context.Context) ([]Past, error) { return a.history(ctx, roleAgent) }

// History lists the calls that were checked here, the newest first. Reasons:
// no_keyring (also for a file that is damaged), keyring_locked.
func (c *Customer) History(ctx context.Context) ([]Past, error) { return c.history(ctx, roleCustomer) }

func (h *home) history(ctx context.Context, role string) ([]Past, error) {
	calls, err := h.readHistory(ctx, role)
	if err != nil {
		return nil, err
	}
	past := make([]Past, len(calls))
	for i, c := range calls {
		past[i] = c.Past
		past[i].Began, past[i].Lasted = time.Unix(c.Began, 0), time.Duration(c.Lasted)*time.Second
	}
	return past, nil
}

func (h *home) historyPath(role string) string {
	return filepath.Join(h.dir, "history-"+role+".sealed")
}

func historyLabel(role string) string { return "history/" + role }

// readHistory returns what is stored, nothing when there is no file yet.
func (h *home) readHistory(ctx context.Context, role string) ([]pastCall, error) {
	plain, err := h.vault.ReadFile(ctx, h.historyPath(role), historyLabel(role))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, vaultError(err)
	}
	calls, err := decodeHistory(plain)
	return calls, vaultError(err)
}

// decodeHistory takes only what addPast could have written.
func decodeHistory(plain []byte) ([]pastCall, error) {
	var f pastFile
	if err := wire.Unmarshal(plain, wire.MaxMessage, &f); err != nil {
		return nil, fmt.Errorf("%w: history: %w", vault.ErrDamaged, err)
	}
	if f.Form != historyForm || len(f.Calls) > maxPast {
		return nil, fmt.Errorf("%w: history of an unknown form", vault.ErrDamaged)
	}
	for _, c := range f.Calls {
		if !c.sound() {
			return nil, fmt.Errorf("%w: history holds a call that cannot be", vault.ErrDamaged)
		}
	}
	return f.Calls, nil
}

// sound reports whether the call's names are CP1's.
func (c pastCall) sound() bool {
	return c.Reason.Known() && c.Lasted >= 0 &&
		(c.Purpose == 0 || c.Purpose.Known()) && (c.Direction == 0 || c.Direction.String() != "")
}

// addPast puts a call in front of the history. A damaged file is moved aside,
// so that its calls are missed and not denied, and the new one is kept.
func (h *home) addPast(ctx context.Context, role string, p Past) error {
	path := h.historyPath(role)
	unlock, err := vault.Lock(ctx, path+".lock")
	if err != nil {
		return vaultError(err)
	}
	defer unlock()
	calls, err := h.readHistory(ctx, role)
	if isDamaged(err) {
		h.log.Warn("the history is damaged: it is moved aside, and a new one begins", "to", filepath.Base(path)+".damaged")
		err = os.Rename(path, path+".damaged")
	}
	if err != nil {
		return vaultError(err)
	}
	newest := pastCall{Began: p.Began.Unix(), Lasted: int64(max(0, p.Lasted) / time.Second), Past: p}
	calls = append([]pastCall{newest}, calls[:min(len(calls), maxPast-1)]...)
	plain, err := wire.MarshalWithin(wire.MaxMessage, pastFile{Form: historyForm, Calls: calls})
	if err != nil {
		return vaultError(err)
	}
	return vaultError(h.vault.WriteFile(ctx, path, historyLabel(role), plain))
}

// isDamaged reports whether a sealed file or a pin is there and can never be
// read again.
func isDamaged(err error) bool {
	return errors.Is(err, vault.ErrDamaged) || errors.Is(err, vault.ErrTooLarge) ||
		errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLarge)
}

// story is what a call notes of itself for the history.
type story struct {
	call.Course
	waiting bool           // the call is being kept, and the ending waits for it
	keeping sync.WaitGroup // what is kept beside the loop, and may outlast it
}

// keepPast keeps the call beside the loop: the ending waits for it, but not
// longer than for the last record (flushTime), and neither does the erasing
// of the keys. Only the closing of the events waits until it is done.
func (r *runner) keepPast() {
	if !r.story.Offered {
		return
	}
	p := r.side.past()
	p.Began, p.Lasted, p.Secure = r.story.Began, r.clock.Now().Sub(r.story.Began), r.story.WasSecure
	role := r.side.role()
	r.story.waiting = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), keepTime)
	r.story.keeping.Go(func() {
		defer cancel()
		if err := r.addPast(ctx, role, p); err != nil {
			r.log.Error("a call cannot be kept in the history", "error", err)
		}
		r.inbox.put(done(r.endingMayBeTold))
	})
}

func (r *runner) endingMayBeTold() call.Input {
	r.story.waiting = false
	return nil
}
