// This file owns what a bank is called here: the name that people are shown, who
// may take another one and for how long its former one is told, and which bank a
// person means by what they say. The names stand in the pin (vault.Pin); CP1,
// section 4.1, gives their rules.

package session

import (
	"context"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// formerFor is how long people are told what a bank was called before, from the
// first call on that has shown them the new name.
const formerFor = 90 * 24 * time.Hour

// contact is what a call with a bank may change of the name that people are
// shown of it.
type contact struct {
	// timed: the bank's own signed times agree with this computer's clock.
	// Without that nobody is renamed, because what a bank was called is kept for
	// a time.
	timed bool
	// named: people have read the bank's name in this call, as it was pinned
	// before.
	named bool
}

// atSignIn is an agent's sign-in: the server took the time in the token, and the
// agent's screens name the bank.
var atSignIn = contact{timed: true, named: true}

// isNews reports whether people have read a new name for the first time.
func isNews(pin vault.Pin, how contact) bool {
	return how.timed && how.named && pin.FormerName != "" && pin.FormerUntil == 0
}

// repin pins a bundle that was checked, and decides under which name people are
// shown the bank: a new bank's own; a known one's new name from the next call
// on, if it cannot be taken for another bank's, else the name that it had. The
// caller holds the lock.
func (h *home) repin(ctx context.Context, b *trust.Bundle, how contact) (vault.Pin, error) {
	a, now := b.Anchor(), h.clock.Now()
	pin := vault.Pin{
		BankID: a.BankID, Roots: a.Roots, Threshold: a.Threshold, Version: a.Version, BundleHash: a.Hash,
		Name: b.Name, Domain: b.Domain, Since: now.Unix(),
	}
	old, err := h.vault.Pin(ctx, b.BankID)
	switch {
	case errors.Is(err, vault.ErrNotFound), errors.Is(err, vault.ErrDamaged):
	case err != nil:
		return pin, vaultError(err)
	default:
		pin.Name, pin.Domain, pin.Since = old.Name, old.Domain, old.Since
		pin.FormerName, pin.FormerDomain, pin.FormerUntil = old.FormerName, old.FormerDomain, old.FormerUntil
		pin.NameTaken, pin.DomainTaken = old.NameTaken, old.DomainTaken
		pin.FormerNameTaken, pin.FormerDomainTaken = old.FormerNameTaken, old.FormerDomainTaken
		if isNews(pin, how) {
			pin.FormerUntil = now.Unix()
		}
		if err := h.rename(ctx, &pin, b, now, how.timed); err != nil {
			return pin, err
		}
	}
	return pin, vaultError(h.vault.SetPin(ctx, pin))
}

// rename gives a known bank its new name and domain, unless they can be taken
// for another bank's, or people are still told of another name that it had: two
// changes in a row would make them forget what it was called. Back it may go.
func (h *home) rename(ctx context.Context, pin *vault.Pin, b *trust.Bundle, now time.Time, timed bool) error {
	was := namingOf(*pin, now)
	if timed && was.FormerName == "" {
		pin.FormerName, pin.FormerDomain, pin.FormerUntil = "", "", 0 // nobody is told of it any more
		pin.FormerNameTaken, pin.FormerDomainTaken = false, false
	}
	if was.Name == b.Name && was.Domain == b.Domain {
		return nil
	}
	clash, err := h.clash(ctx, b.BankID, verdict.Naming{Name: b.Name, Domain: b.Domain}, namesOf)
	if err != nil && !isDamaged(err) {
		return err
	}
	pin.WithheldName, pin.WithheldDomain = b.Name, b.Domain
	if pin.Contested = clash != nil || err != nil; pin.Contested {
		h.log.Warn("a bank's new name or domain is not shown: it can be taken for another bank's, or one of them is damaged")
		return nil
	}
	// Until it is shown it is still this bank's: nobody else may have it.
	if !timed {
		return nil
	}
	if back := was.FormerName == b.Name && was.FormerDomain == b.Domain; was.FormerName != "" && !back {
		h.log.Warn("a bank's new name or domain is not shown yet: it changed a while ago")
		return nil
	}
	nameTaken, domainTaken := takes(*pin, b)
	pin.FormerName, pin.FormerDomain, pin.FormerUntil = pin.Name, pin.Domain, 0
	pin.FormerNameTaken, pin.FormerDomainTaken = pin.NameTaken, pin.DomainTaken
	pin.Name, pin.Domain, pin.NameTaken, pin.DomainTaken = b.Name, b.Domain, nameTaken, domainTaken
	pin.WithheldName, pin.WithheldDomain = "", ""
	return nil
}

// clash returns the pin of another bank that this one can be taken for by a name
// and domain, or nil. names are those of another bank that count.
func (h *home) clash(ctx context.Context, id [16]byte, own verdict.Naming, names func(vault.Pin) []verdict.Naming) (*vault.Pin, error) {
	others, err := h.pinsBeside(ctx, id, roleAgent, roleCustomer)
	if err != nil {
		return nil, err
	}
	for _, pin := range others {
		if slices.ContainsFunc(names(pin), func(n verdict.Naming) bool { return trust.Clash(n.Name, n.Domain, own.Name, own.Domain) }) {
			return &pin, nil
		}
	}
	return nil, nil
}

// namesOf are all names of a bank that are nobody else's: what it is called, was
// called, and is called where people are not shown that, for want of time. The
// former one is so until the bank itself has been in touch after its time: by
// the clock alone another bank could wait for it with a clock that is wrong. What
// is contested is not among them: it may be somebody else's.
func namesOf(pin vault.Pin) []verdict.Naming {
	names := []verdict.Naming{
		{Name: pin.Name, Domain: pin.Domain},
		{Name: pin.FormerName, Domain: pin.FormerDomain},
	}
	if !pin.Contested {
		names = append(names, verdict.Naming{Name: pin.WithheldName, Domain: pin.WithheldDomain})
	}
	return slices.DeleteFunc(names, func(n verdict.Naming) bool { return n.Name == "" })
}

// allNamesOf are the names of a bank and what it claims beside them: no bank that
// is new here comes with any of them.
func allNamesOf(pin vault.Pin) []verdict.Naming {
	if claims := claimsOf(pin); claims.Name != "" {
		return append(namesOf(pin), claims)
	}
	return namesOf(pin)
}

// takenBy are the names and domains of a bank, of those that people are shown,
// that it did not come with; "" stands for one that it did. Who is called again
// what the bank came with has given up what it took: see namingBeside.
func takenBy(pin vault.Pin, now time.Time) (names []verdict.Naming) {
	add := func(name string, nameTaken bool, domain string, domainTaken bool) {
		var n verdict.Naming
		if nameTaken {
			n.Name = name
		}
		if domainTaken {
			n.Domain = domain
		}
		if n != (verdict.Naming{}) {
			names = append(names, n)
		}
	}
	shown := namingOf(pin, now)
	add(shown.Name, pin.NameTaken, shown.Domain, pin.DomainTaken)
	if shown.FormerName != "" && len(names) > 0 {
		add(shown.FormerName, pin.FormerNameTaken, shown.FormerDomain, pin.FormerDomainTaken)
	}
	return names
}

// namingBeside is how people are shown the bank beside others that claim names.
// What it took and gave up again is not told as its former name where another one
// claims it.
func namingBeside(pin vault.Pin, now time.Time, claimed []verdict.Naming) verdict.Naming {
	n := namingOf(pin, now)
	gaveUp := !pin.NameTaken && !pin.DomainTaken && (pin.FormerNameTaken || pin.FormerDomainTaken)
	if gaveUp && slices.ContainsFunc(claimed, func(c verdict.Naming) bool { return trust.Clash(n.FormerName, n.FormerDomain, c.Name, c.Domain) }) {
		return verdict.Naming{Name: n.Name, Domain: n.Domain}
	}
	return n
}

// takes says what of a bank's new name and domain it did not come with: neither
// what stays, nor what it goes back to. In other letter case a name is the same;
// what is merely confusable is not: in steps it may lead to any name.
func takes(pin vault.Pin, b *trust.Bundle) (name, domain bool) {
	switch {
	case strings.EqualFold(b.Name, pin.Name):
		name = pin.NameTaken
	case strings.EqualFold(b.Name, pin.FormerName):
		name = pin.FormerNameTaken
	default:
		name = true
	}
	switch b.Domain {
	case "":
	case pin.Domain:
		domain = pin.DomainTaken
	case pin.FormerDomain:
		domain = pin.FormerDomainTaken
	default:
		domain = true
	}
	return name, domain
}

// claimsOf is how a bank calls itself where that may be another bank's name;
// else empty.
func claimsOf(pin vault.Pin) verdict.Naming {
	if !pin.Contested {
		return verdict.Naming{}
	}
	return verdict.Naming{Name: pin.WithheldName, Domain: pin.WithheldDomain}
}

// pinsBeside lists what this home has pinned of other banks than one, in these
// roles, each once. Where pins are damaged the error says so (isDamaged), and
// the others are listed all the same; with any other error none is.
func (h *home) pinsBeside(ctx context.Context, one [16]byte, roles ...string) ([]vault.Pin, error) {
	var ids [][16]byte
	for _, role := range roles {
		of, err := h.bankIDs(role)
		if err != nil {
			return nil, err
		}
		ids = append(ids, of...)
	}
	var pins []vault.Pin
	var damaged error
	for i, id := range ids {
		if id == one || slices.Contains(ids[:i], id) {
			continue
		}
		switch pin, err := h.vault.Pin(ctx, id); {
		case err == nil:
			pins = append(pins, pin)
		case errors.Is(err, vault.ErrNotFound): // removed, or never finished
		case isDamaged(err):
			damaged = vaultError(err)
		default:
			return nil, vaultError(err)
		}
	}
	return pins, damaged
}

// retryName gives a bank the name that was withheld from it, once what stood in
// the way is gone, notes that people have read a new one, and forgets a former
// one of which they are told no more.
func (h *home) retryName(ctx context.Context, b *trust.Bundle, how contact) error {
	unlock, err := h.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	pin, err := h.pinOf(ctx, b.BankID)
	if err != nil || pin.BundleHash != b.Hash() {
		return err
	}
	_, err = h.repin(ctx, b, how)
	return err
}

// naming is how people are shown the bank now.
func (b bank) naming(now time.Time) verdict.Naming { return namingOf(b.pin, now) }

// namingOf is how people are shown the bank of a pin.
func namingOf(pin vault.Pin, now time.Time) verdict.Naming {
	n := verdict.Naming{Name: pin.Name, Domain: pin.Domain}
	until := now // nobody has been shown another name yet
	if pin.FormerUntil != 0 {
		until = time.Unix(pin.FormerUntil, 0)
	}
	if pin.FormerName != "" && now.Before(until.Add(formerFor)) {
		n.FormerName, n.FormerDomain, n.FormerUntil = pin.FormerName, pin.FormerDomain, until
	}
	return n
}

// isCalled reports whether a person means this bank. Names are compared as those
// of two banks are: no two that are known here look alike, and nobody types a
// curly apostrophe.
func isCalled(b Bank, said string) bool {
	return trust.Confusable(b.Name, said) || b.Domain != "" && (strings.EqualFold(b.Domain, said) || strings.EqualFold("www."+b.Domain, said))
}

// NotOneBank says that what a person called a bank finds none of those known
// here, or more than one. It carries unknown_bank.
type NotOneBank struct{ Known []Bank }

// Error implements error.
func (e *NotOneBank) Error() string { return "it does not name one of the banks that are known here" }

// Unwrap gives the ending.
func (e *NotOneBank) Unwrap() error { return ending.Because(ending.UnknownBank, "") }

// hexOnly is what people leave in an id, or put into it, when they copy it.
var hexOnly = regexp.MustCompile(`[ .:-]+`)

// Named finds the one bank that a person means by its id in hexadecimal digits,
// or else its name or its domain as they are shown now; "" means the only one. Error: a
// *NotOneBank, which lists all of them: what a bank was called before finds
// nothing.
func Named(known []Bank, said string) (Bank, error) {
	said = trust.NormaliseName(said)
	if id, err := hex.DecodeString(hexOnly.ReplaceAllString(said, "")); err == nil && len(id) == 16 {
		// An id is never a name: a bank may be called what another's id is.
		if i := slices.IndexFunc(known, func(b Bank) bool { return b.ID == [16]byte(id) }); i >= 0 {
			return known[i], nil
		}
		return Bank{}, &NotOneBank{Known: known}
	}
	var found []Bank
	for _, b := range known {
		if said == "" || isCalled(b, said) {
			found = append(found, b)
		}
	}
	if len(found) != 1 {
		return Bank{}, &NotOneBank{Known: known}
	}
	return found[0], nil
}
