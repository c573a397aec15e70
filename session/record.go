// This file owns what a home keeps of each bank: the signed bundle and
// content, this person's credential, and the memory of stops. The keyring
// holds the pin (roots, version, hash) and the keys; these files are sealed
// and worth nothing without it.

package session

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

// Bank is what people may know of an enrolled or pinned bank.
type Bank struct {
	ID [16]byte
	// Naming is what was pinned: a new name of the bank's shows only where it
	// cannot be taken for another bank's, and for 90 days with the former one.
	verdict.Naming
	// Since is when this computer came to know the bank.
	Since time.Time
	// Claims is how the bank calls itself and is not shown here, because another
	// one that is known here may be called so; else empty.
	Claims verdict.Naming
	// Fault is why what is kept of the bank cannot be used, and then nothing
	// below is known; else "".
	Fault      ending.Reason
	Version    uint64
	ContentAge time.Duration
	Enrolled   bool // false: pinned only, this device is a guest
	// AgentsOnly says that this computer works for the bank as an agent's and is
	// no customer's there: it can be removed, and none of its calls be checked.
	AgentsOnly bool
	Lines      []string
	Words      []string // the eight words of the roots
	// OwnLines are the last four digits of each number of this customer that
	// the bank has on file; nil for a guest and for an agent.
	OwnLines []string
	// HoldUntil is the end of the hold that an earlier stop began; zero: none.
	HoldUntil time.Time
	// Checked is when the server last brought bundle and content up to date, or
	// said that they are, to the hour; zero: not known.
	Checked time.Time
}

// checkedEvery is how often Checked is written: people read hours and days of
// it, and a write for every call would tell them nothing more.
const checkedEvery = time.Hour

// holdTime is how long a stop allows only calls by the bank to a number on file.
const holdTime = 30 * time.Minute

// seen is an offer that this device has completed a handshake for.
type seen struct {
	OID    [32]byte `cbor:"1,keyasint"`
	Expiry int64    `cbor:"2,keyasint"`
}

// record is one bank's file. Bundles holds the newest bundle last, and the one
// before it: file and keyring cannot change in one step, so whichever of the
// two the pin names is the one in force.
type record struct {
	Role       string   `cbor:"1,keyasint"` // "agent" or "customer"
	Bundles    [][]byte `cbor:"2,keyasint"`
	Content    []byte   `cbor:"3,keyasint"`
	Credential []byte   `cbor:"4,keyasint,omitempty"` // customer: device credential; agent: the last one signed
	AgentID    uint64   `cbor:"5,keyasint,omitempty"`
	HoldUntil  int64    `cbor:"6,keyasint,omitempty"`
	Seen       []seen   `cbor:"7,keyasint,omitempty"`
	Checked    int64    `cbor:"8,keyasint,omitempty"` // Unix seconds, when the server last vouched for what is above
	// Forgotten is the end of the latest offer whose entry in Seen made room for
	// another one. Of an offer that ends then or earlier nothing is known.
	Forgotten int64 `cbor:"9,keyasint,omitempty"`
	// Key names this program's own key in the keyring; empty for a guest. The
	// record names it, so that key and credential change in one step.
	Key string `cbor:"10,keyasint,omitempty"`
}

const (
	roleAgent    = "agent"
	roleCustomer = "customer"
	maxBanks     = 64
	// maxSeen is how many answered offers a record holds, as many as wire reads
	// in one list.
	maxSeen = 256
)

// bank is a record opened through its pin.
type bank struct {
	record
	pin    vault.Pin
	anchor trust.Anchor
	bundle *trust.Bundle
}

func (h *home) bankPath(role string, id [16]byte) string {
	return filepath.Join(h.dir, "banks", role+"-"+hex.EncodeToString(id[:])+".sealed")
}

func bankLabel(role string, id [16]byte) string {
	return "bank/" + role + "/" + hex.EncodeToString(id[:])
}

// bankIDs lists the banks of a role, from the file names.
func (h *home) bankIDs(role string) ([][16]byte, error) {
	entries, err := os.ReadDir(filepath.Join(h.dir, "banks"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, vaultError(err)
	}
	var ids [][16]byte
	for _, e := range entries {
		name, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), ".sealed"), role+"-")
		raw, err := hex.DecodeString(name)
		if !ok || err != nil || len(raw) != 16 {
			continue
		}
		ids = append(ids, [16]byte(raw))
	}
	if len(ids) > maxBanks {
		return nil, errors.New("too many banks in the state directory")
	}
	return ids, nil
}

// hasRoom refuses one bank more than bankIDs lists. Reason: no_keyring.
func (h *home) hasRoom(role string, id [16]byte) error {
	ids, err := h.bankIDs(role)
	if err == nil && len(ids) >= maxBanks && !slices.Contains(ids, id) {
		err = vaultError(fmt.Errorf("%w: at most %d banks", vault.ErrTooLarge, maxBanks))
	}
	return err
}

func (h *home) readRecord(ctx context.Context, role string, id [16]byte) (record, error) {
	plain, err := h.vault.ReadFile(ctx, h.bankPath(role, id), bankLabel(role, id))
	if err != nil {
		return record{}, vaultError(err)
	}
	return decodeRecord(plain)
}

func decodeRecord(plain []byte) (record, error) {
	var r record
	err := wire.Unmarshal(plain, wire.MaxMessage, &r)
	return r, err
}

func (h *home) writeRecord(ctx context.Context, id [16]byte, r record) error {
	if err := os.MkdirAll(filepath.Join(h.dir, "banks"), 0o700); err != nil {
		return vaultError(err)
	}
	plain, err := wire.MarshalWithin(wire.MaxMessage, r)
	if err != nil {
		return vaultError(err)
	}
	return vaultError(h.vault.WriteFile(ctx, h.bankPath(r.Role, id), bankLabel(r.Role, id), plain))
}

// lock makes changes of records and pins take turns, within this program and
// with others on the same state directory. It is one for all banks, because
// each step that brings a name compares it with all of them.
func (h *home) lock(ctx context.Context) (unlock func(), err error) {
	folder := filepath.Join(h.dir, "banks")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, vaultError(err)
	}
	unlock, err = vault.Lock(ctx, filepath.Join(folder, "lock"))
	return unlock, vaultError(err)
}

// change reads a bank's record, edits it and writes it back.
func (h *home) change(ctx context.Context, role string, id [16]byte, edit func(*record)) error {
	unlock, err := h.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return h.edit(ctx, role, id, edit)
}

// edit is change for those who hold the lock.
func (h *home) edit(ctx context.Context, role string, id [16]byte, edit func(*record)) error {
	r, err := h.readRecord(ctx, role, id)
	if err != nil {
		return err
	}
	edit(&r)
	return h.writeRecord(ctx, id, r)
}

// pinOf reads the bank's root keys, version, hash and name from the keyring.
// Every verification calls it: nothing of it is remembered. Reason: unknown_bank.
func (h *home) pinOf(ctx context.Context, id [16]byte) (vault.Pin, error) {
	pin, err := h.vault.Pin(ctx, id)
	if errors.Is(err, vault.ErrNotFound) {
		return vault.Pin{}, ending.Because(ending.UnknownBank, "the keyring holds no root keys for this bank")
	}
	return pin, vaultError(err)
}

func anchorOf(pin vault.Pin) trust.Anchor {
	return trust.Anchor{BankID: pin.BankID, Roots: pin.Roots, Threshold: pin.Threshold, Version: pin.Version, Hash: pin.BundleHash}
}

// bank opens a bank's record through its pin. Reasons: unknown_bank, forged,
// no_keyring, keyring_locked.
func (h *home) bank(ctx context.Context, role string, id [16]byte) (bank, error) {
	pin, err := h.pinOf(ctx, id)
	if err != nil {
		return bank{}, err
	}
	r, err := h.readRecord(ctx, role, id)
	if err != nil {
		return bank{}, err
	}
	b := bank{record: r, pin: pin, anchor: anchorOf(pin)}
	if b.bundle, err = r.pinned(b.anchor); err != nil {
		return bank{}, ending.Wrap(ending.Forged, err)
	}
	return b, nil
}

// pinned returns the bundle that the anchor names.
func (r record) pinned(anchor trust.Anchor) (*trust.Bundle, error) {
	err := trust.ErrFork
	for _, signed := range slices.Backward(r.Bundles) {
		var b *trust.Bundle
		if b, err = anchor.Open(signed); err == nil {
			return b, nil
		}
	}
	return nil, err
}

// signedBundle returns the signed form of the bundle in force, for the verdict
// to open by itself; nil lets the verdict find that there is none.
func (b bank) signedBundle() []byte {
	for _, signed := range slices.Backward(b.Bundles) {
		if opened, err := b.anchor.Open(signed); err == nil && opened.Hash() == b.anchor.Hash {
			return signed
		}
	}
	return nil
}

// adopt keeps a newer bundle that was checked through the one in force of a bank
// as it was opened: the file first with both, then the pin. A stop between the
// two leaves the old pin and the old bundle in force. The pin is one for both
// roles, so the other role's record gets the bundle too. Where another call has
// changed the pin meanwhile nothing is kept, and where it has brought content
// that is as new, that stays: what this one brings may be older, held back until
// now. Reason: unknown_bank (removed meanwhile).
func (h *home) adopt(ctx context.Context, from bank, b *trust.Bundle, signedBundle, signedContent []byte, how contact) error {
	unlock, err := h.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	pin, err := h.pinOf(ctx, b.BankID)
	if err != nil {
		return err
	}
	if pin.BundleHash != from.anchor.Hash {
		h.log.Info("a bundle is not kept: another call has brought one meanwhile")
		return nil
	}
	err = h.edit(ctx, from.Role, b.BankID, func(r *record) {
		r.add(signedBundle, from.anchor)
		r.addContent(signedContent, b)
		r.Checked = h.clock.Now().Unix()
	})
	if err != nil || signedBundle == nil && !isNews(pin, how) {
		return err
	}
	if err := h.addToOther(ctx, from.Role, signedBundle, from.anchor); err != nil {
		return err
	}
	_, err = h.repin(ctx, b, how)
	return err
}

// add puts a newer signed bundle behind the one in force, which stays until the
// pin names another, however often a change is cut off; nil adds nothing.
func (r *record) add(signed []byte, inForce trust.Anchor) {
	if signed == nil {
		return
	}
	r.Bundles = slices.DeleteFunc(r.Bundles, func(old []byte) bool {
		_, err := inForce.Open(old)
		return err != nil
	})
	if !slices.ContainsFunc(r.Bundles, func(old []byte) bool { return slices.Equal(old, signed) }) {
		r.Bundles = append(r.Bundles, signed)
	}
}

// addContent keeps signed content that the bundle vouches for, if none that is
// as new is kept; nil adds nothing.
func (r *record) addContent(signed []byte, b *trust.Bundle) {
	offered, err := b.Content(signed)
	if err != nil {
		return
	}
	if own, err := b.Content(r.Content); err == nil && own.Version >= offered.Version {
		return
	}
	r.Content = signed
}

// addToOther adds a bundle that this role brought to the record of the other
// one, where there is one. A record that can never be read again has nothing
// to lose.
func (h *home) addToOther(ctx context.Context, role string, signed []byte, inForce trust.Anchor) error {
	err := h.edit(ctx, otherRole(role), inForce.BankID, func(r *record) { r.add(signed, inForce) })
	if errors.Is(err, fs.ErrNotExist) || isDamaged(err) {
		return nil
	}
	return err
}

// noteChecked keeps that the server had nothing newer of a bank, and looks again
// at its name. A failure costs people a date or a name for some time, so it is
// only logged.
func (h *home) noteChecked(ctx context.Context, b bank, how contact) {
	now := h.clock.Now()
	over := b.pin.FormerName != "" && b.naming(now).FormerName == ""
	if how.timed && (over || isNews(b.pin, how) || b.pin.Name != b.bundle.Name || b.pin.Domain != b.bundle.Domain) {
		if err := h.retryName(ctx, b.bundle, how); err != nil {
			h.log.Warn("a bank's new name cannot be kept", "error", err)
		}
	}
	if age := now.Sub(time.Unix(b.Checked, 0)); age >= 0 && age < checkedEvery {
		return
	}
	if err := h.change(ctx, b.Role, b.bundle.BankID, func(r *record) { r.Checked = now.Unix() }); err != nil {
		h.log.Warn("the time of the last check cannot be kept", "error", err)
	}
}

// forget removes a bank from this computer. The pin goes first: whatever cuts
// this off then, the bank does not count any more, and the record still keeps
// a hold until it goes last. A pin that the other role needs as well stays.
func (h *home) forget(ctx context.Context, role string, id [16]byte) error {
	unlock, err := h.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := h.mayForget(ctx, role, id); err != nil {
		return err
	}
	_, err = os.Stat(h.bankPath(otherRole(role), id))
	if errors.Is(err, fs.ErrNotExist) {
		err = h.vault.DeletePin(ctx, id)
	}
	if err == nil {
		err = h.keepKeys(ctx, role, id)
	}
	if err == nil {
		err = os.Remove(h.bankPath(role, id))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it was removed before
	}
	return vaultError(err)
}

// mayForget refuses while a stop holds. A record that can never be read again
// holds nothing: enrolling again would replace it as well.
func (h *home) mayForget(ctx context.Context, role string, id [16]byte) error {
	r, err := h.readRecord(ctx, role, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case isDamaged(err):
		h.log.Warn("a bank that is removed could not be read any more")
		return nil
	case err != nil:
		return err
	case h.clock.Now().Before(r.holdUntil()):
		return ending.Because(ending.OnHold, "an earlier stop holds")
	}
	return nil
}

func otherRole(role string) string {
	if role == roleAgent {
		return roleCustomer
	}
	return roleAgent
}

// answer notes that this device has answered an offer, and forgets those that
// nobody can take any more. Where there are too many of the others, the one that
// ends first makes room.
func (r *record) answer(s seen, now time.Time) {
	r.Seen = slices.DeleteFunc(r.Seen, func(old seen) bool {
		return old.Expiry+int64(trust.Skew/time.Second) < now.Unix()
	})
	r.Seen = append(r.Seen, s)
	slices.SortStableFunc(r.Seen, func(a, b seen) int { return cmp.Compare(a.Expiry, b.Expiry) })
	if over := len(r.Seen) - maxSeen; over > 0 {
		r.Forgotten = max(r.Forgotten, r.Seen[over-1].Expiry)
		r.Seen = r.Seen[over:]
	}
}

// mayAnswer reports whether this device may answer an offer. Reasons: replayed
// (it has), busy (it cannot tell any more: another code is later than all that
// were forgotten).
func (r record) mayAnswer(oid offer.ID, expiry int64) error {
	switch {
	case slices.ContainsFunc(r.Seen, func(s seen) bool { return s.OID == oid }):
		return ending.Because(ending.Replayed, "this device has answered the offer")
	case expiry <= r.Forgotten:
		return ending.Because(ending.Busy, "this device has answered too many offers to know about one that old")
	}
	return nil
}

// holdUntil is the end of an earlier stop's hold, or the zero time.
func (r record) holdUntil() time.Time {
	if r.HoldUntil == 0 {
		return time.Time{}
	}
	return time.Unix(r.HoldUntil, 0)
}

// fromPin is what a pin alone says of a bank.
func fromPin(pin vault.Pin, now time.Time) Bank {
	return Bank{ID: pin.BankID, Naming: namingOf(pin, now), Since: time.Unix(pin.Since, 0), Claims: claimsOf(pin)}
}

// info turns an opened bank into what people may know of it.
func (b bank) info(now time.Time) Bank {
	info := fromPin(b.pin, now)
	info.Version, info.Lines = b.bundle.Version, b.bundle.Lines
	info.Enrolled = len(b.Credential) > 0 || b.Role == roleAgent
	info.Words = enrol.Words(b.bundle.RootsHash())
	if c, err := b.bundle.Content(b.Content); err == nil {
		info.ContentAge = c.Age(now)
	}
	if own, err := b.bundle.Device(b.Credential); err == nil {
		info.OwnLines = own.Lines
	}
	if until := b.holdUntil(); now.Before(until) {
		info.HoldUntil = until
	}
	if b.Checked != 0 {
		info.Checked = time.Unix(b.Checked, 0)
	}
	return info
}

// banks opens every bank of a role. One that cannot be opened is an error only
// when it is the only one: a damaged neighbour must not keep people from using
// their bank. Else it is in faults, by its id.
func (h *home) banks(ctx context.Context, role string) (opened []bank, faults map[[16]byte]error, err error) {
	ids, err := h.bankIDs(role)
	if err != nil {
		return nil, nil, err
	}
	faults = map[[16]byte]error{}
	for _, id := range ids {
		b, fault := h.bank(ctx, role, id)
		if fault != nil {
			h.log.Warn("a bank cannot be opened", "reason", ending.Of(fault, ending.Forged))
			if err = fault; ending.Of(fault, "") != ending.UnknownBank { // without a pin it is not known here
				faults[id] = fault
			}
			continue
		}
		opened = append(opened, b)
	}
	if len(opened) == 0 && err != nil {
		return nil, faults, err
	}
	return opened, faults, nil
}

// list is what people may know of the banks of a role: those that can be opened,
// then the others, which can be removed. That none can be opened is an error only
// where it is not their own fault: with a locked keyring nothing is known of them.
func (h *home) list(ctx context.Context, role string) ([]Bank, error) {
	opened, faults, err := h.banks(ctx, role)
	for _, fault := range faults {
		if err != nil && isOwnFault(fault) {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	infos := make([]Bank, 0, len(opened))
	for _, b := range opened {
		infos = append(infos, b.info(h.clock.Now()))
	}
	for _, id := range slices.SortedFunc(maps.Keys(faults), func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) }) {
		if b, ok := h.faulty(ctx, id, faults[id]); ok {
			infos = append(infos, b)
		}
	}
	return infos, nil
}

// isOwnFault reports whether a bank cannot be opened because of what is kept of
// it, rather than because of the keyring or the disk.
func isOwnFault(err error) bool {
	return isDamaged(err) || ending.Of(err, "") == ending.Forged
}

// faulty is what may be known of a bank that cannot be opened: its name stands
// in its pin; where that is damaged too, its id is its name. ok is false where
// the keyring has none.
func (h *home) faulty(ctx context.Context, id [16]byte, fault error) (b Bank, ok bool) {
	pin, err := h.vault.Pin(ctx, id)
	switch {
	case err == nil:
		b = fromPin(pin, h.clock.Now())
	case isDamaged(err):
		b = Bank{ID: id, Naming: verdict.Naming{Name: hex.EncodeToString(id[:])}}
	default:
		return Bank{}, false
	}
	b.Fault = ending.Of(fault, ending.Forged)
	return b, true
}

// choose picks the bank by its id; the zero id means the only one. Nothing else
// picks a bank: two may have had one name. Reason: unknown_bank.
func choose(banks []bank, id [16]byte) (bank, error) {
	if id == ([16]byte{}) && len(banks) == 1 {
		return banks[0], nil
	}
	i := slices.IndexFunc(banks, func(b bank) bool { return b.bundle.BankID == id })
	if i < 0 {
		return bank{}, ending.Because(ending.UnknownBank, "no bank of this computer has this id, or several are known and none was named")
	}
	return banks[i], nil
}
